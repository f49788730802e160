import { ToolError } from '../../runtime/core/errors.ts';
import { checkName } from '../../runtime/core/names.ts';
import { didYouMean } from '../config/did-you-mean.ts';
import type { Revision, Run } from './records.ts';
import { runIdFrom } from './start-run.ts';
import { type DeploymentStore, findRevision, findRun, liveRevision } from './store.ts';

export interface Needed {
  readonly name: string;
  /** What is about to be done with it, for the error. */
  readonly verb: string;
  /** Where somebody thinks that it is. */
  readonly platform?: Revision['platform'] | undefined;
}

/** That something is deployed under this name, and where whoever asks thinks that it is.
 *  @throws {ToolError} DEPLOYMENT_NOT_FOUND, NAME_INVALID, USAGE for another platform */
export async function needName(store: DeploymentStore, { name, verb, platform }: Needed): Promise<void> {
  checkName(name);
  if ((await store.names(name)).length > 0) {
    if (platform !== undefined) await checkPlatform(store, { name, verb, platform });
    return;
  }
  const found = `nothing is deployed under this name${didYouMean(name, await store.names())}`;
  throw new ToolError('DEPLOYMENT_NOT_FOUND', `Cannot ${verb} "${name}": ${found}`, { details: { name } });
}

/** The revision that counts says where an application is; where none does, the newest. */
async function checkPlatform(store: DeploymentStore, { name, verb, platform }: Required<Needed>): Promise<void> {
  const revision = (await liveRevision(store, name)) ?? (await findRevision(store, name, () => true));
  if (revision === undefined || revision.platform === platform) return;
  throw new ToolError('USAGE', `Cannot ${verb} "${name}" on ${platform}: it is deployed on ${revision.platform}`, {
    hint: 'Leave out --platform: where it is, is on record',
  });
}

/** The revision that counts.
 *  @throws {ToolError} as needName; REVISION_NOT_FOUND where none has come to count */
export async function needLive(store: DeploymentStore, needed: Needed): Promise<Revision> {
  const { name, verb } = needed;
  await needName(store, needed);
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
