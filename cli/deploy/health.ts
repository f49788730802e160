import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { waitFor } from '../../runtime/core/wait.ts';
import { addressFrom } from '../docker/bind.ts';
import type { Deployer } from './deployer.ts';
import type { Revision, Run } from './records.ts';

/** Where a service answers, for those who look; `null` where it has no port. */
export interface HealthProbe {
  readonly host: string;
  readonly port: number;
  /** `null`: that somebody listens is enough. */
  readonly path: string | null;
  /** Whether whoever answers is in a container: a port that is published takes connections before somebody listens behind it. */
  readonly isPublished: boolean;
}

const LOOPBACK = '127.0.0.1';

type Served = Pick<Revision, 'health' | 'launch' | 'docker'>;

export function probeOf({ health, launch, docker }: Served): HealthProbe | null {
  const port = health.port ?? launch.app.port;
  if (port === null) return null;
  const host = port === launch.app.port ? hostOf({ docker }) : LOOPBACK;
  return { host, port, path: health.path, isPublished: docker !== undefined };
}

/** Where a service answers this machine. */
function hostOf({ docker }: Pick<Revision, 'docker'>): string {
  return docker === undefined ? LOOPBACK : addressFrom(docker.bind);
}

export function describeProbe({ host, port, path }: Pick<HealthProbe, 'host' | 'port' | 'path'>): string {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return path === null ? place : `http://${place}${path}`;
}

/** Where a service answers people; `undefined` where it has no port. */
export function serviceUrl(revision: Served): string | undefined {
  const { port } = revision.launch.app;
  return port === null ? undefined : describeProbe({ host: hostOf(revision), port, path: '/' });
}

/** Resolves when the service is well. Without a port it is as soon as its launcher has it.
 *  @throws {ToolError} SERVICE_UNHEALTHY when it ends before, or is not well in the time that its revision gives it */
export async function awaitHealthy(revision: Revision, run: Run, deployer: Deployer, ctx: Ctx): Promise<void> {
  const probe = probeOf(revision);
  const name = revision.application;
  // A daemon that is about to publish a port holds connections for a moment before it ends them.
  const wanted = probe?.isPublished === true && probe.path === null ? TIMES_WELL : 1;
  let times = 0;
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
      times = answer === WELL ? times + 1 : 0;
      return times === wanted ? { done: true, value: undefined } : { done: false, lastSeen: answer };
    },
    ctx,
  );
}

export const WELL = 'well';
const NOBODY = 'nobody listens';
const STAYS_MS = 300;
const TIMES_WELL = 4;
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
    return code === 'ECONNREFUSED' ? NOBODY : `it does not answer${code === '' ? '' : ` (${code})`}`;
  });
}

async function connectTo({ host, port, isPublished }: HealthProbe, signal: AbortSignal): Promise<string> {
  const socket = connect({ host, port, signal });
  try {
    await once(socket, 'connect', { signal });
    return !isPublished || (await stays(socket, signal)) ? WELL : NOBODY;
  } finally {
    socket.destroy();
  }
}

/** Where nobody listens behind a published port the daemon ends at once the connections that it has taken. */
async function stays(socket: Socket, signal: AbortSignal): Promise<boolean> {
  socket.resume();
  const ended = once(socket, 'close', { signal }).then(() => false);
  const said = once(socket, 'data', { signal }).then(() => true);
  for (const event of [ended, said]) event.catch(() => {});
  return Promise.race([said, ended, pause(STAYS_MS, true, { ref: false })]);
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
