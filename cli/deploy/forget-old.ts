import type { Ctx } from '../../runtime/core/context.ts';
import type { Deployments } from './open-deployments.ts';
import type { Revision } from './records.ts';

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

/** Deletes what only old revisions run from; never that of the one that counts. Call it under `changeDeployment`. */
export async function forgetOldArtifacts(name: string, { store, artifacts }: Deployments, ctx: Ctx): Promise<void> {
  const known: Revision[] = [];
  let live: Revision | undefined;
  for await (const revision of store.revisions(name)) {
    known.push(revision);
    if (revision.status === 'live') live ??= revision;
    // One more, by which it is known where that runs which is to go now.
    if (live !== undefined && known.length > REVISIONS_WITH_FILES) break;
  }
  const newest = known.slice(0, REVISIONS_WITH_FILES);
  const wanted = live === undefined || newest.includes(live) ? newest : [...newest, live];
  await artifacts.keepOnly({ name, wanted, known }, ctx);
}
