import { type Duplex, Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';
import { statusOf } from '../../../runtime/platform/docker/docker-errors.ts';
import type { BuildContainer, ContainerChange, ContainerFiles } from './build-container.ts';
import { archiveError, hostError } from './host-errors.ts';

export interface StartedContainer {
  readonly container: Docker.Container;
  readonly image: string;
  /** The connection to its standard input and output. */
  readonly connection: Duplex;
  /** Resolves when all that it wrote has been told. */
  readonly outputs: Promise<unknown>;
}

/** A container of a Docker daemon that has been started. `ctx` is for the status it ends with. */
export function createDockerContainer(started: StartedContainer, ctx: Ctx): BuildContainer {
  const { container, image, connection } = started;
  const ended = answer(() => endOf(started, ctx), image, ctx);
  // Nobody may be waiting for it.
  ended.catch(() => {});
  return {
    input: connection,
    ended,
    ...containerFiles(container, image),
    async [Symbol.asyncDispose]() {
      try {
        await removeContainer(container);
      } finally {
        connection.destroy();
      }
    },
  };
}

/** What a container has changed of its image, and what is in it. */
export function containerFiles(container: Docker.Container, image: string): ContainerFiles {
  return {
    changes: (ctx) => answer(async () => changesFrom(await ask(container, 'GET', 'changes', ctx)), image, ctx),
    async readArchive(path, read, ctx) {
      const archive = await answer(() => openArchive(container, path, ctx), image, ctx);
      if (archive === undefined) return undefined;
      return await read(archive).catch((error: unknown) => {
        ctx.signal.throwIfAborted();
        throw archiveError(error, image);
      });
    },
  };
}

/** Deletes a container, whatever it does. Gone already is as good. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  const abortSignal = AbortSignal.timeout(REMOVE_WITHIN_MS);
  try {
    await container.remove({ force: true, v: true, abortSignal });
  } catch (error) {
    if (statusOf(error) === NOT_FOUND) return;
    if (statusOf(error) !== CONFLICT) throw hostError(error, container.id);
    // Its daemon is deleting it, because it has ended.
    await container.wait(callOptions(abortSignal, { condition: 'removed' })).catch(() => {});
  }
}

/** For calls without a body: the client would send its options as one, and daemons refuse it. */
export function callOptions(abortSignal: AbortSignal, query: Readonly<Record<string, string>> = {}): CallOptions {
  return { _query: query, _body: {}, abortSignal } as CallOptions;
}

interface CallOptions {
  readonly abortSignal: AbortSignal;
}

const REMOVE_WITHIN_MS = 30_000;
const NOT_FOUND = 404;
const CONFLICT = 409;
/** `true` is a good answer; the others have words of the client's. */
const STATUS_CODES = { 200: true, 404: 'no such container', 500: 'server error' };
const KINDS = ['modified', 'added', 'deleted'] as const;

async function answer<T>(work: () => Promise<T>, image: string, { signal }: Ctx): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw hostError(error, image);
  }
}

/** The status, when all it wrote has been told. */
async function endOf({ container, outputs }: StartedContainer, ctx: Ctx): Promise<number> {
  const { StatusCode: status } = await ask<{ readonly StatusCode: number }>(container, 'POST', 'wait', ctx);
  await outputs;
  return status;
}

/** What a daemon replies to a call without a body. The client's own methods wait for ever for the rest of a reply that was cut. */
async function ask<T>(container: Docker.Container, method: string, call: string, { signal }: Ctx): Promise<T> {
  const path = `/containers/${container.id}/${call}`;
  const options = { path, method, isStream: true, abortSignal: signal, statusCodes: STATUS_CODES };
  const reply = await new Promise<Readable>((resolve, reject) => {
    container.modem.dial(options, (error: unknown, stream: Readable) => (error ? reject(error) : resolve(stream)));
  });
  return (await json(reply)) as T;
}

async function openArchive(container: Docker.Container, path: string, { signal }: Ctx): Promise<Readable | undefined> {
  try {
    const stream = await container.getArchive({ path, abortSignal: signal });
    return stream instanceof Readable ? stream : Readable.from(stream);
  } catch (error) {
    if (statusOf(error) !== NOT_FOUND) throw error;
    // The same answer is that of a container that is gone, which is no container without the file.
    await container.inspect({ abortSignal: signal });
    return undefined;
  }
}

interface FoundChange {
  readonly Path: string;
  readonly Kind: number;
}

function changesFrom(found: readonly FoundChange[] | null): readonly ContainerChange[] {
  return (found ?? []).flatMap(({ Path: path, Kind }): readonly ContainerChange[] => {
    const kind = KINDS[Kind];
    return kind === undefined ? [] : [{ path, kind }];
  });
}
