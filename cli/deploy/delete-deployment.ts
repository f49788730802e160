import type { Ctx } from '../../runtime/core/context.ts';
import { changeDeployment, changeRuns } from './change-deployment.ts';
import type { Deployments } from './open-deployments.ts';
import { runningRuns, stopRun } from './settle-run.ts';

/** Ends what runs and deletes all that there is of an application: its runs with their logs, its records, its files. Gives the runs that were ended.
 *  Killed in between, it can be asked for again.
 *  @throws {ToolError} DEPLOYMENT_BUSY while somebody deploys it; RECORD_UNREADABLE before anything is ended; RUN_STUCK */
export function deleteDeployment(name: string, deployments: Deployments, ctx: Ctx): Promise<readonly string[]> {
  const { store, deployer, artifacts, stateFolder, pid } = deployments;
  const change = { stateFolder, name, pid, verb: 'delete' };
  const remove = async (): Promise<readonly string[]> => {
    // What cannot be read is not ours to delete: it is said while everything still runs.
    const [known] = await Promise.all([Array.fromAsync(store.revisions(name)), Array.fromAsync(store.runs(name))]);
    const running = await runningRuns(name, deployments, ctx);
    await Promise.all(running.map((run) => stopRun(run, deployments, ctx)));
    for await (const run of store.runs(name)) await deployer.forget(run);
    await artifacts.keepOnly({ name, wanted: [], known }, ctx);
    await store.delete(name);
    return running.map(({ run }) => run);
  };
  return changeDeployment(change, () => changeRuns(change, remove, ctx), ctx);
}
