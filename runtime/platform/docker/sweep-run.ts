import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import { type Ctx, steadyNow } from '../../core/context.ts';
import { errorMessage } from '../../core/errors.ts';
import { LABELS } from '../../core/labels.ts';
import { DOCKER_PLACE, readDockerPlace } from './docker-place.ts';
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
  const place = await readDockerPlace(leaseDirectory).catch(() => undefined);
  if (place === undefined) return [];
  const { Docker: Client } = await import('./docker-client.ts');
  const docker = new Client({ socketPath: place.socket });
  const signal = AbortSignal.timeout(GRACE_MS + DAEMON_DEADLINE_MS);
  const ctx: Ctx = { signal, emit: () => {}, now: steadyNow };
  const sweep = { docker, label: `${LABELS.run}=${run}` };
  await untilEnded(docker, place.launcher);
  for (;;) {
    try {
      const left = await sweepDocker(sweep, ctx);
      await pause(LATE_MS);
      const late = await sweepDocker(sweep, ctx);
      await rm(join(leaseDirectory, DOCKER_PLACE), { force: true });
      return [...new Set([...left, ...late])];
    } catch (error) {
      if (signal.aborted)
        return [`containers, networks and volumes with the label ${sweep.label}: ${errorMessage(error)}`];
      await pause(RETRY_MS);
    }
  }
}

async function untilEnded(docker: Docker, launcher: string): Promise<void> {
  const call = { _query: { condition: 'not-running' }, _body: {}, abortSignal: AbortSignal.timeout(GRACE_MS) };
  await docker
    .getContainer(launcher)
    .wait(call as object)
    .catch(() => {});
}
