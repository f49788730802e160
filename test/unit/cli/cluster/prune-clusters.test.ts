import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeCluster } from '../../../../cli/cluster/change-cluster.ts';
import { findDeadClusters, pruneCluster } from '../../../../cli/cluster/prune-clusters.ts';
import {
  clusterFolder,
  makeClusterFolder,
  writeDescription,
} from '../../../../runtime/platform/local/cluster-folder.ts';
import { findProcess } from '../../../../runtime/platform/local/process-table.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const HOUR_MS = 3_600_000;
/** A look takes less where nobody waits for the lock. */
const LOOK_MS = 150;
let stateFolder = '';

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'hibana-prune-'));
});

afterEach(async () => rm(stateFolder, { recursive: true }));

/** A shared cluster that is half-made: by this process, which lives, or by one that does not. */
async function describeHalf(name: string, isMakerAlive: boolean): Promise<void> {
  const startTicks = isMakerAlive ? ((await findProcess(process.pid))?.startTicks ?? 0) : 1;
  const versions = { spark: '4.2.1', java: 17, python: null };
  await writeDescription(clusterFolder(stateFolder, name), {
    ...{ version: 1, name, run: null, ownerDirectory: null, master: null, webUi: null, workers: 1 },
    createdAt: new Date(0).toISOString(),
    shared: {
      ...{ marker: `${name}@1`, creator: { pid: process.pid, startTicks }, complete: false, ...versions },
      ...{ worker: { millicores: 1_000, memoryBytes: 1 }, conf: {}, ports: null, layout: {} },
    },
  });
}

async function plant(name: string): Promise<void> {
  await makeClusterFolder(clusterFolder(stateFolder, name));
}

async function plantForgotten(name: string): Promise<void> {
  await plant(name);
  const then = new Date(Date.now() - HOUR_MS);
  await utimes(clusterFolder(stateFolder, name).root, then, then);
}

const prune = (name: string) => pruneCluster({ stateFolder, name, pid: process.pid }, testCtx());
const left = () => readdir(join(stateFolder, 'clusters'));

describe('pruneCluster()', () => {
  it('deletes what nobody will complete, described or not', async () => {
    await plant('half');
    await describeHalf('half', false);
    await plantForgotten('forgotten');
    await plant('new');
    const dead = await findDeadClusters(stateFolder, testCtx());
    expect(dead).toEqual(['forgotten', 'half']);
    for (const name of dead) expect(await prune(name)).toEqual({ isDeleted: true, leftovers: [] });
    expect(await left()).toEqual(['new']);
  });

  it('leaves one that somebody is making by now', async () => {
    await plantForgotten('team');
    expect(await findDeadClusters(stateFolder, testCtx())).toEqual(['team']);
    await describeHalf('team', true);
    expect(await prune('team')).toEqual({ isDeleted: false, leftovers: [] });
    expect(await left()).toEqual(['team']);
  });

  it('looks when the command that changes it is done', async () => {
    await plantForgotten('team');
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const making = changeCluster(
      { stateFolder, name: 'team', pid: process.pid },
      async () => {
        begun.resolve();
        await goOn.promise;
        await describeHalf('team', true);
      },
      testCtx(),
    );
    await begun.promise;
    const pruning = prune('team');
    setTimeout(goOn.resolve, LOOK_MS);
    await making;
    expect(await pruning).toEqual({ isDeleted: false, leftovers: [] });
    expect(await left()).toEqual(['team']);
  });

  it('says what it cannot delete, and goes on', async () => {
    await plantForgotten('team');
    // No lock can be made in it.
    await writeFile(join(stateFolder, 'locks'), '');
    expect(await prune('team')).toEqual({ isDeleted: false, leftovers: [expect.stringMatching(/^cluster team: /)] });
  });
});
