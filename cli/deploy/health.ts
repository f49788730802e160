import { once } from 'node:events';
import { connect } from 'node:net';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { waitFor } from '../../runtime/core/wait.ts';
import type { Deployer } from './deployer.ts';
import type { Revision, Run } from './records.ts';

/** Where a service answers, for those who look; `null` where it has no port. */
export interface HealthProbe {
  readonly host: string;
  readonly port: number;
  /** `null`: that somebody listens is enough. */
  readonly path: string | null;
}

const LOOPBACK = '127.0.0.1';

export function probeOf({ health, launch }: Pick<Revision, 'health' | 'launch'>): HealthProbe | null {
  const port = health.port ?? launch.app.port;
  return port === null ? null : { host: LOOPBACK, port, path: health.path };
}

export function describeProbe({ host, port, path }: HealthProbe): string {
  return path === null ? `${host}:${port}` : `http://${host}:${port}${path}`;
}

/** Resolves when the service is well. Without a port it is as soon as its launcher has it.
 *  @throws {ToolError} SERVICE_UNHEALTHY when it ends before, or is not well in the time that its revision gives it */
export async function awaitHealthy(revision: Revision, run: Run, deployer: Deployer, ctx: Ctx): Promise<void> {
  const probe = probeOf(revision);
  const name = revision.application;
  await waitFor(
    {
      what: probe === null ? `"${name}" to run` : `${describeProbe(probe)} to answer`,
      step: 'rollout',
      deadlineMs: revision.health.timeoutMs,
      intervalMs: POLL_MS,
      code: 'SERVICE_UNHEALTHY',
    },
    async () => {
      const state = await deployer.observe(run, ctx);
      if (state.kind !== 'running') {
        const why = state.kind === 'ended' ? state.outcome.reason?.message : undefined;
        throw new ToolError('SERVICE_UNHEALTHY', `"${name}" ended before it was well: ${why ?? 'it is not running'}`);
      }
      const answer = probe === null ? WELL : await ask(probe, ctx.signal);
      return answer === WELL ? { done: true, value: undefined } : { done: false, lastSeen: answer };
    },
    ctx,
  );
}

export const WELL = 'well';
const POLL_MS = 250;
const ANSWER_MS = 2_000;
/** What a redirect leads to is somebody else's business: it has answered. */
const FIRST_BAD_STATUS = 400;

/** `well`, or what was seen instead. */
export function ask(probe: HealthProbe, signal: AbortSignal): Promise<string> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const asked = probe.path === null ? connectTo(probe, bounded) : getPath(probe, probe.path, bounded);
  return asked.catch((error: unknown) => {
    signal.throwIfAborted();
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code === 'ECONNREFUSED' ? 'nobody listens' : `it does not answer${code === '' ? '' : ` (${code})`}`;
  });
}

async function connectTo({ host, port }: HealthProbe, signal: AbortSignal): Promise<string> {
  const socket = connect({ host, port, signal });
  try {
    await once(socket, 'connect', { signal });
    return WELL;
  } finally {
    socket.destroy();
  }
}

async function getPath({ host, port }: HealthProbe, path: string, signal: AbortSignal): Promise<string> {
  // Its import alone loads a second HTTP client: a fifth of what a command takes that only looks.
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path, agent: false, signal }, (response) => {
      const { statusCode = 0 } = response;
      response.resume();
      resolve(statusCode < FIRST_BAD_STATUS ? WELL : `it answers with status ${statusCode}`);
      request.destroy();
    });
    request.on('error', reject);
  });
}
