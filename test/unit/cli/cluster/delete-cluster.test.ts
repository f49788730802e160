import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteCluster, needDeletable } from '../../../../cli/cluster/delete-cluster.ts';
import { LeaseFile } from '../../../../runtime/core/lease-directory.ts';
import {
  clusterFolder,
  makeClusterFolder,
  writeDescription,
} from '../../../../runtime/platform/local/cluster-folder.ts';
import { recordProcess } from '../../../../runtime/platform/local/process-record.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const NAME = 'team';
let stateFolder = '';
let master: ChildProcess;

/** A shared cluster whose master runs, and says nothing where its page should be. */
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'hibana-delete-'));
  master = spawn('sleep', ['30'], { detached: true, stdio: 'ignore' });
  await once(master, 'spawn');
  const folder = clusterFolder(stateFolder, NAME);
  await makeClusterFolder(folder);
  const versions = { spark: '4.2.1', java: 17, python: null };
  await writeDescription(folder, {
    ...{ version: 1, name: NAME, run: null, ownerDirectory: null, workers: 1, createdAt: new Date(0).toISOString() },
    ...{ master: 'spark://127.0.0.1:1', webUi: 'http://127.0.0.1:1' },
    shared: {
      ...{ marker: `${NAME}@delete-test`, creator: { pid: 1, startTicks: 1 }, complete: true, ...versions },
      ...{ worker: { millicores: 1_000, memoryBytes: 1 }, conf: {}, ports: null, layout: {} },
    },
  });
  await recordProcess(join(folder.root, LeaseFile.processes), master.pid ?? 0, 'master');
});

afterEach(async () => {
  master.kill('SIGKILL');
  await rm(stateFolder, { recursive: true });
});

async function remove(force: boolean): Promise<readonly string[]> {
  return deleteCluster(await needDeletable(stateFolder, NAME), { stateFolder, force }, testCtx());
}

const left = () => readdir(join(stateFolder, 'clusters'));

describe('deleteCluster() of a cluster whose master runs and does not answer', () => {
  it('refuses, and leaves it as it is', async () => {
    await expect(remove(false)).rejects.toMatchObject({ code: 'CLUSTER_IN_USE' });
    expect(master.exitCode ?? master.signalCode).toBeNull();
    expect(await left()).toEqual([NAME]);
  });

  it('deletes it by force', async () => {
    expect(await remove(true)).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it('deletes it when the master has ended', async () => {
    const ended = once(master, 'exit');
    master.kill('SIGKILL');
    await ended;
    expect(await remove(false)).toEqual([]);
    expect(await left()).toEqual([]);
  });
});
