import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import { type Ctx, steadyNow } from '../../core/context.ts';
import { errorMessage } from '../../core/errors.ts';
import { LABELS } from '../../core/labels.ts';
import { listContainers } from './cluster-record.ts';
import { readDaemonSocket, unmarkInDocker } from './docker-place.ts';
import { runLabels } from './run-labels.ts';
import { sweepDocker } from './sweep.ts';

/** For a launcher whose caller is gone to stop the driver and delete what it has, by itself. */
const GRACE_MS = 25_000;
/** For a daemon that is being started again. */
const DAEMON_DEADLINE_MS = 60_000;
const RETRY_MS = 1_000;
/** A daemon may still be making what was asked of it by whoever is gone. */
const LATE_MS = 1_000;

/** Deletes all that a run has in Docker, for whoever stands in for those who should have. Its launcher is waited for first, a while. Gives what is left, in
 *  words; nothing where the run is not in Docker. Never rejects. */
export async function sweepRunInDocker(run: string, leaseDirectory: string): Promise<readonly string[]> {
  const socketPath = await readDaemonSocket(leaseDirectory).catch(() => undefined);
  if (socketPath === undefined) return [];
  const { Docker: Client } = await import('./docker-client.ts');
  const docker = new Client({ socketPath });
  const signal = AbortSignal.timeout(GRACE_MS + DAEMON_DEADLINE_MS);
  const ctx: Ctx = { signal, emit: () => {}, now: steadyNow };
  const sweep = { docker, labels: runLabels(run, leaseDirectory) };
  await untilLauncherEnded(docker, sweep.labels, ctx);
  for (;;) {
    try {
      const left = await sweepDocker(sweep, ctx);
      await pause(LATE_MS);
      const late = await sweepDocker(sweep, ctx);
      await unmarkInDocker(leaseDirectory);
      return [...new Set([...left, ...late])];
    } catch (error) {
      if (signal.aborted)
        return [`containers, networks and volumes with the label ${LABELS.run}=${run}: ${errorMessage(error)}`];
      await pause(RETRY_MS);
    }
  }
}

/** By its label: a container of somebody else's may have its name. */
async function untilLauncherEnded(docker: Docker, labels: readonly string[], ctx: Ctx): Promise<void> {
  const role = `${LABELS.role}=launcher`;
  const launchers = await listContainers(docker, [...labels, role], ctx).catch(() => []);
  const call = { _query: { condition: 'not-running' }, _body: {}, abortSignal: AbortSignal.timeout(GRACE_MS) };
  const waits = launchers.map(({ Id }) => docker.getContainer(Id).wait(call as object));
  await Promise.allSettled(waits);
}
