import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptTrees } from '../../cli/deploy/local/kept-trees.ts';
import type { Deployments } from '../../cli/deploy/open-deployments.ts';
import { FakeDeployer } from './fake-deployer.ts';
import { MemoryDeployments } from './memory-deployments.ts';

export interface FakeDeployments extends Deployments, AsyncDisposable {
  readonly store: MemoryDeployments;
  readonly deployer: FakeDeployer;
}

/** Deployments in memory; only the locks are files, in a temporary folder. */
export async function fakeDeployments(): Promise<FakeDeployments> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'hibana-deployments-'));
  let numbers = 0;
  return {
    store: new MemoryDeployments(),
    deployer: new FakeDeployer(),
    artifacts: keptTrees(stateFolder),
    stateFolder,
    pid: process.pid,
    random: () => {
      numbers += 1;
      return (numbers % 36) / 36;
    },
    [Symbol.asyncDispose]: () => rm(stateFolder, { recursive: true, force: true }),
  };
}
