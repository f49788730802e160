import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  clusterFolder,
  makeClusterFolder,
  writeDescription,
} from '../../../../../runtime/platform/local/cluster-folder.ts';
import { endProcesses } from '../../../../../runtime/platform/local/end-processes.ts';
import { findProcess } from '../../../../../runtime/platform/local/process-table.ts';
import { deleteHalfMade, newMarker } from '../../../../../runtime/platform/local/shared-cluster.ts';

const marker = newMarker('team');
let stateFolder = '';

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'hibana-shared-'));
});

afterEach(async () => {
  await endProcesses(marker, []);
  await rm(stateFolder, { recursive: true });
});

/** What stands for a master: its pid. */
async function startMember(): Promise<number> {
  const env = { PATH: process.env.PATH, HIBANA_RUN: marker };
  const child = spawn('sh', ['-c', 'echo up; sleep 60'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env });
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

async function describeCluster(of: string): Promise<void> {
  const folder = clusterFolder(stateFolder, 'team');
  await makeClusterFolder(folder);
  const versions = { spark: '4.2.1', java: 17, python: null };
  await writeDescription(folder, {
    ...{ version: 1, name: 'team', run: null, ownerDirectory: null, master: null, webUi: null, workers: 1 },
    createdAt: new Date(0).toISOString(),
    shared: {
      ...{ marker: of, creator: { pid: 1, startTicks: 1 }, complete: false, ...versions },
      ...{ worker: { millicores: 1_000, memoryBytes: 1 }, conf: {}, ports: null, layout: {} },
    },
  });
}

describe('deleteHalfMade()', () => {
  const clusters = () => readdir(join(stateFolder, 'clusters')).catch(() => []);

  it('ends the processes and deletes the folder', async () => {
    const pid = await startMember();
    await describeCluster(marker);
    expect(await deleteHalfMade(stateFolder, 'team', marker)).toEqual([]);
    expect([await findProcess(pid), await clusters()]).toEqual([undefined, []]);
  });

  it('ends the processes of one whose folder is gone', async () => {
    const pid = await startMember();
    expect(await deleteHalfMade(stateFolder, 'team', marker)).toEqual([]);
    expect(await findProcess(pid)).toBeUndefined();
  });

  it('leaves the folder of another that has its name by now', async () => {
    const pid = await startMember();
    await describeCluster(newMarker('team'));
    expect(await deleteHalfMade(stateFolder, 'team', marker)).toEqual([]);
    expect([await findProcess(pid), await clusters()]).toEqual([undefined, ['team']]);
  });
});
