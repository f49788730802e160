import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import type { AppContext } from '../commands/command.ts';
import { jobEnvironment } from './job-environment.ts';
import type { RunScope } from './with-run.ts';

/** Tells who wants to know of the end of a run, where its launcher does not: in containers it sees no more of the network than the job does. */
export async function tellEnd(
  { app: { name }, notify = [] }: LaunchRequest,
  outcome: Outcome,
  scope: Pick<RunScope, 'reporter'>,
  app: Pick<AppContext, 'env'>,
): Promise<void> {
  if (notify.length === 0) return;
  const { notifyEnd } = await import('../../runtime/platform/notify-end.ts');
  const end = { application: name, outcome, targets: notify, env: jobEnvironment(app.env) };
  await notifyEnd(end, (event) => scope.reporter.emit(event));
}
