import { ToolError } from '../../runtime/core/errors.ts';
import { checkName } from '../../runtime/core/names.ts';
import { didYouMean } from '../config/did-you-mean.ts';
import type { Revision, Run } from './records.ts';
import { runIdFrom } from './start-run.ts';
import { type DeploymentStore, findRun, liveRevision } from './store.ts';

/** That something is deployed under this name. `verb` is what is about to be done with it, for the error.
 *  @throws {ToolError} DEPLOYMENT_NOT_FOUND, NAME_INVALID */
export async function needName(store: DeploymentStore, name: string, verb: string): Promise<void> {
  checkName(name);
  if ((await store.names(name)).length > 0) return;
  const found = `nothing is deployed under this name${didYouMean(name, await store.names())}`;
  throw new ToolError('DEPLOYMENT_NOT_FOUND', `Cannot ${verb} "${name}": ${found}`, { details: { name } });
}

/** The revision that counts.
 *  @throws {ToolError} as needName; REVISION_NOT_FOUND where none has come to count */
export async function needLive(store: DeploymentStore, name: string, verb: string): Promise<Revision> {
  await needName(store, name, verb);
  const live = await liveRevision(store, name);
  if (live !== undefined) return live;
  throw new ToolError('REVISION_NOT_FOUND', `Cannot ${verb} "${name}": no revision of it has ever been live`, {
    hint: `Run "hibana history ${name}" to see why, then deploy it again`,
  });
}

/** @throws {ToolError} RUN_NOT_FOUND, NAME_INVALID */
export async function needRun(store: DeploymentStore, name: string, id: string): Promise<Run> {
  const run = await findRun(store, name, runIdFrom(name, id));
  if (run !== undefined) return run;
  throw new ToolError('RUN_NOT_FOUND', `Cannot find the run "${id}" of "${name}"`, {
    hint: `Run "hibana runs ${name}" to see its runs`,
  });
}
