import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type {
  BuildContainer,
  ContainerChange,
  ContainerHost,
  ContainerSpec,
  ContainerUpload,
} from './build-container.ts';

/** Containers of a Docker daemon. */
export function createDockerHost(docker: Docker): ContainerHost {
  return {
    async start(spec, onLine, ctx) {
      ctx.signal.throwIfAborted();
      const container = await create(docker, spec, ctx);
      try {
        ctx.signal.throwIfAborted();
        for (const upload of spec.uploads) await put(container, upload, ctx);
        const streams = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
        const input = await container.attach({ ...streams, abortSignal: ctx.signal });
        const outputs = demultiplex(docker, input, onLine);
        await container.start(withoutBody(ctx));
        return buildContainer(container, input, endOf(container, outputs, spec.image, ctx), spec.image);
      } catch (error) {
        await remove(container);
        ctx.signal.throwIfAborted();
        throw startError(error, spec.image);
      }
    },
  };
}

const TEMPORARY = 'rw,noexec,nosuid,nodev,size=16m,mode=1777';
const NANOCPUS_PER_MILLICORE = 1_000_000;
const REMOVE_DEADLINE_MS = 30_000;
const KINDS = ['modified', 'added', 'deleted'] as const;

/** A daemon that is not waited for any more may still make it: it is deleted by its name. */
async function create(docker: Docker, spec: ContainerSpec, ctx: Ctx): Promise<Docker.Container> {
  try {
    // What the client's types do not know: the name alone is part of the address, which daemons and proxies log, and the environment is not.
    const request = { _query: { name: spec.name }, _body: optionsFor(spec), abortSignal: ctx.signal };
    return await docker.createContainer(request as Docker.ContainerCreateOptions);
  } catch (error) {
    if (statusOf(error) === undefined) await remove(docker.getContainer(spec.name)).catch(() => {});
    ctx.signal.throwIfAborted();
    throw startError(error, spec.image);
  }
}

/** Nor a query: the client would send the options of the call as both, and daemons refuse a body where they want none. */
function withoutBody({ signal }: Ctx): { readonly abortSignal: AbortSignal } {
  return { _query: {}, _body: {}, abortSignal: signal } as { readonly abortSignal: AbortSignal };
}

/** The status, when all it wrote has been told. */
async function endOf(container: Docker.Container, outputs: Promise<unknown>, image: string, ctx: Ctx): Promise<number> {
  try {
    const { StatusCode: status }: { readonly StatusCode: number } = await container.wait(withoutBody(ctx));
    await outputs;
    return status;
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw hostError(error, image);
  }
}

function optionsFor(spec: ContainerSpec): Docker.ContainerCreateOptions {
  const { image, command, env, user, labels, memoryFolders, memoryBytes, millicores, network } = spec;
  return {
    Image: image,
    Entrypoint: [...command.slice(0, 1)],
    Cmd: [...command.slice(1)],
    Env: [...env],
    Labels: { ...labels },
    OpenStdin: true,
    StdinOnce: true,
    ...(user === null ? {} : { User: user }),
    HostConfig: {
      NetworkMode: network,
      Tmpfs: Object.fromEntries(memoryFolders.map((folder) => [folder, TEMPORARY])),
      SecurityOpt: ['no-new-privileges'],
      ...(memoryBytes === null ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(millicores === null ? {} : { NanoCpus: millicores * NANOCPUS_PER_MILLICORE }),
    },
  };
}

function buildContainer(
  container: Docker.Container,
  input: NodeJS.WritableStream,
  ended: Promise<number>,
  image: string,
): BuildContainer {
  // Nobody may be waiting for it.
  ended.catch(() => {});
  return {
    // dockerode's type for the two-way connection says less than what it is: a socket.
    input: input as BuildContainer['input'],
    ended,
    async changes({ signal }) {
      try {
        return changesFrom(await container.changes({ abortSignal: signal }));
      } catch (error) {
        signal.throwIfAborted();
        throw hostError(error, image);
      }
    },
    async archive(path, { signal }) {
      try {
        const stream = await container.getArchive({ path, abortSignal: signal });
        return stream instanceof Readable ? stream : Readable.from(stream);
      } catch (error) {
        signal.throwIfAborted();
        if (statusOf(error) === 404) return undefined;
        throw hostError(error, image);
      }
    },
    [Symbol.asyncDispose]: () => remove(container),
  };
}

function changesFrom(found: readonly { readonly Path: string; readonly Kind: number }[] | null) {
  return (found ?? []).flatMap(({ Path: path, Kind }): readonly ContainerChange[] => {
    const kind = KINDS[Kind];
    return kind === undefined ? [] : [{ path, kind }];
  });
}

async function put(container: Docker.Container, { folder, archive }: ContainerUpload, ctx: Ctx): Promise<void> {
  try {
    await container.putArchive(archive(), { path: folder, abortSignal: ctx.signal });
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (statusOf(error) !== 404) throw error;
    throw new ToolError('INJECTION_FAILED', `Cannot inject into "${folder}": the builder has no such folder`, {
      cause: error,
      details: { folder },
    });
  }
}

/** Both streams in lines; resolves when both are at their end. */
function demultiplex(docker: Docker, stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<unknown> {
  const outputs = [lineWriter(onLine), lineWriter(onLine)] as const;
  docker.modem.demuxStream(stream, ...outputs);
  const end = (): void => outputs.forEach((output) => void output.end());
  stream.once('end', end).once('close', end).on('error', end);
  const ended = Promise.all(outputs.map((output) => finished(output)));
  // Where the start fails, nobody waits for it.
  ended.catch(() => {});
  return ended;
}

/** More than this without a line break is told in parts: it need not have one at all. */
const LONGEST_LINE = 64 * 1024;

/** Tells what is written to it line by line, at once: nothing is held but the line that has no end yet. Lines end as in terminals: LF, CRLF, CR. */
function lineWriter(onLine: (line: string) => void): Writable {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    // A CR at the end may be half of a CRLF.
    const lines = `${rest}${text}`.split(/\r?\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length < LONGEST_LINE || rest.endsWith('\r')) return;
    onLine(rest);
    rest = '';
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        take(decoder.write(chunk));
        done();
      } catch (error) {
        // Thrown on, it would end the process, and leave the container.
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
    final(done) {
      take(decoder.end());
      if (rest !== '') onLine(rest.replace(/\r$/, ''));
      done();
    },
  });
}

/** Gone already is as good. */
async function remove(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true, abortSignal: AbortSignal.timeout(REMOVE_DEADLINE_MS) });
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw hostError(error, container.id);
  }
}

export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

function startError(error: unknown, image: string): unknown {
  if (statusOf(error) !== 404) return hostError(error, image);
  return new ToolError('IMAGE_NOT_FOUND', `Cannot start a container of "${image}": the daemon does not have it`, {
    cause: error,
  });
}

/** What a daemon's failure means, beside those that a call expects. */
export function hostError(error: unknown, image: string): unknown {
  if (error instanceof ToolError) return error;
  const status = statusOf(error);
  const why = error instanceof Error ? error.message : String(error);
  if (status !== undefined)
    return new ToolError('CONTAINER_FAILED', `Cannot run a container of "${image}": ${why}`, {
      cause: error,
      details: { status },
    });
  const errno = systemCode(error);
  if (errno === undefined) return error;
  return new ToolError('DOCKER_UNREACHABLE', `Cannot reach the Docker daemon: ${errno}`, {
    cause: error,
    details: { errno },
  });
}
