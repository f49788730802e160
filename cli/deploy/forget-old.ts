import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { removeTree } from '../../runtime/platform/local/remove-tree.ts';
import { deploymentFolder } from './file-store.ts';
import type { Deployments } from './open-deployments.ts';

/** Of one application. Records are small and stay. */
const RUNS_WITH_LOGS = 50;
const REVISIONS_WITH_FILES = 20;

/** Deletes the logs of all runs that have ended but the newest. Call it under `changeRuns`. */
export async function forgetOldLogs(name: string, { store, deployer }: Deployments, ctx: Ctx): Promise<void> {
  let ended = 0;
  for await (const run of store.runs(name)) {
    if (run.status === 'running') continue;
    ended += 1;
    if (ended <= RUNS_WITH_LOGS) continue;
    // Those before it have been forgotten when it was.
    if ((await deployer.observe(run, ctx)).kind === 'absent') return;
    await deployer.forget(run);
  }
}

/** Deletes the trees that only old revisions run from; never that of the one that counts. Call it under `changeDeployment`. */
export async function forgetOldTrees(name: string, { store, stateFolder }: Deployments): Promise<void> {
  const wanted = new Set<string>();
  let [seen, hasLive] = [0, false];
  for await (const { artifact, status } of store.revisions(name)) {
    const counts = !hasLive && status === 'live';
    if (artifact.kind === 'tree' && (seen < REVISIONS_WITH_FILES || counts)) wanted.add(artifact.key);
    hasLive ||= counts;
    seen += 1;
    if (hasLive && seen >= REVISIONS_WITH_FILES) break;
  }
  const trees = join(deploymentFolder(stateFolder, name), 'trees');
  const kept = await readdir(trees).catch(() => []);
  await Promise.all(kept.filter((key) => !wanted.has(key)).map((key) => removeTree(join(trees, key))));
}
