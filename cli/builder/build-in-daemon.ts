import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { orAborted } from '../../runtime/core/or-aborted.ts';
import { statusOf } from '../../runtime/platform/docker/docker-errors.ts';
import { archiveOf } from '../build/s2i/archive-stream.ts';
import { hostError } from '../build/s2i/host-errors.ts';

export interface DaemonBuild {
  readonly docker: Docker;
  /** All of its context. What it begins `FROM` has the label `owner`. */
  readonly dockerfile: Buffer;
  readonly args: Readonly<Record<string, string>>;
  /** As in Docker: `bridge`, `none`, `host`. */
  readonly network: string;
  /** `name=value`: whatever the build makes inherits it. */
  readonly owner: string;
}

/** Builds a Dockerfile by the daemon's own builder, without its cache, and gives the containers of its commands, which have ended, in their order. They and
 *  every image of it stay until `removeOwned`.
 *  @throws {ToolError} BUILDER_FAILED with the last lines and the command's status in the details, DOCKER_UNREACHABLE, CONTAINER_FAILED; rejects with
 *  `signal.reason` on abort, when the command has been ended */
export async function buildInDaemon(build: DaemonBuild, ctx: Ctx): Promise<readonly Docker.Container[]> {
  const { docker, dockerfile, args, network, owner } = build;
  ctx.signal.throwIfAborted();
  const attributes = { mode: 0o644, uid: 0, gid: 0, size: dockerfile.length };
  const content = { kind: 'bytes', bytes: dockerfile } as const;
  const context = archiveOf([{ kind: 'file', path: Buffer.from('Dockerfile'), ...attributes, content }], ctx);
  // Cut at the very end alone: a daemon goes on for a while with what nobody listens to any more.
  const cut = new AbortController();
  try {
    const options = { buildargs: { ...args }, networkmode: network, nocache: true, rm: false, version: '1' } as const;
    const asked = docker.buildImage(context, { ...options, abortSignal: cut.signal });
    const building = asked.then((reply) => followBuild(reply as Readable, ctx));
    try {
      await orAborted(building, ctx);
    } catch (error) {
      if (ctx.signal.aborted) await endCommands(docker, owner, building);
      throw error;
    }
    const found = await docker.listContainers({ all: true, filters: { label: [owner], status: ['exited'] } });
    return found.toSorted((a, b) => a.Created - b.Created).map(({ Id }) => docker.getContainer(Id));
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw hostError(error, 'the builder');
  } finally {
    cut.abort();
  }
}

const LAST_LINES = 20;
const END_WITHIN_MS = 30_000;
const POLL_MS = 200;

/** One line of the daemon's reply. Source: the API of the Docker engine, ImageBuild. */
interface Reply {
  readonly stream?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number };
  readonly aux?: { readonly ID?: string };
}

async function followBuild(reply: Readable, ctx: Ctx): Promise<void> {
  // Its end is told where it is read; the cut comes when nobody reads it any more.
  reply.on('error', () => {});
  const last: string[] = [];
  let rest = '';
  let isBuilt = false;
  const tell = (text: string): void => {
    const lines = `${rest}${text}`.split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines.filter((said) => said.trim() !== '')) {
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      ctx.emit({ type: 'log', step: 'assemble', line });
    }
  };
  let failure: ToolError | undefined;
  const lines = createInterface({ input: reply });
  lines.on('error', () => {});
  // To its end: before that the daemon is not done.
  for await (const line of lines) {
    const { stream = '', error, errorDetail, aux } = parseReply(line);
    tell(stream);
    if (error !== undefined) failure = failed(errorDetail?.code, error, last);
    isBuilt ||= aux?.ID !== undefined;
  }
  if (failure !== undefined) throw failure;
  if (!isBuilt) throw failed(undefined, 'the daemon ended it before it was done', last);
}

function parseReply(line: string): Reply {
  try {
    const value: unknown = JSON.parse(line);
    // What the daemon says is its own form.
    return typeof value === 'object' && value !== null ? (value as Reply) : {};
  } catch {
    return {};
  }
}

/** The command itself is in the Dockerfile, and long. */
function failed(status: number | undefined, said: string, lastLines: readonly string[]): ToolError {
  const why = status === undefined ? said : `its command ended with status ${status}`;
  return new ToolError('BUILDER_FAILED', `Cannot build the image in the Docker daemon: ${why}`, {
    details: { ...(status === undefined ? {} : { status }), lastLines: [...lastLines] },
  });
}

/** Ends what runs, until the daemon has done with the build: what it makes is there then, and can be removed. */
async function endCommands(docker: Docker, owner: string, building: Promise<unknown>): Promise<void> {
  const deadline = AbortSignal.timeout(END_WITHIN_MS);
  let isDone = false;
  const done = building
    .catch(() => {})
    .then(() => {
      isDone = true;
    });
  while (!isDone && !deadline.aborted) {
    const running = await docker.listContainers({ filters: { label: [owner] } }).catch(() => []);
    await Promise.all(
      running.map(({ Id }) =>
        docker
          .getContainer(Id)
          .kill()
          .catch(() => {}),
      ),
    );
    await Promise.race([done, pause(POLL_MS)]);
  }
}

/** Removes every container and image that has the label, whoever made it, those that depend on others first. Runs under its own deadline.
 *  @throws {ToolError} CONTAINER_FAILED, DOCKER_UNREACHABLE when something is left after it */
export async function removeOwned(docker: Docker, owner: string): Promise<void> {
  const deadline = AbortSignal.timeout(END_WITHIN_MS);
  let problem: unknown;
  const remove = async (removing: Promise<unknown>): Promise<void> => {
    await removing.catch((error: unknown) => {
      if (statusOf(error) !== NOT_FOUND) problem = error;
    });
  };
  while (!deadline.aborted) {
    problem = undefined;
    const filters = { label: [owner] };
    const containers = await docker.listContainers({ all: true, filters, abortSignal: deadline });
    for (const { Id } of containers) await remove(docker.getContainer(Id).remove({ force: true, v: true }));
    const images = await docker.listImages({ all: true, filters: JSON.stringify(filters), abortSignal: deadline });
    for (const { Id } of images) await remove(docker.getImage(Id).remove({ force: true }));
    if (containers.length === 0 && images.length === 0) return;
    if (problem !== undefined) await pause(POLL_MS);
  }
  throw hostError(problem ?? deadline.reason, 'the builder');
}

const NOT_FOUND = 404;
