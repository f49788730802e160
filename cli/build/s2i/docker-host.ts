import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
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
      const container = await docker.createContainer(optionsFor(spec)).catch((error: unknown) => {
        throw startError(error, spec.image);
      });
      try {
        ctx.signal.throwIfAborted();
        for (const upload of spec.uploads) await put(container, upload, ctx);
        const input = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
        const outputs = demultiplex(docker, input, onLine);
        await container.start();
        const ended = container.wait().then(async ({ StatusCode }: { readonly StatusCode: number }) => {
          await outputs;
          return StatusCode;
        });
        ended.catch(() => {});
        return buildContainer(container, input, ended);
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

function optionsFor(spec: ContainerSpec): Docker.ContainerCreateOptions {
  const { image, name, command, env, user, labels, memoryFolders, memoryBytes, millicores, network } = spec;
  return {
    name,
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
): BuildContainer {
  return {
    // dockerode's type for the two-way connection says less than what it is: a socket.
    input: input as BuildContainer['input'],
    ended,
    async changes({ signal }) {
      const found: readonly { readonly Path: string; readonly Kind: number }[] | null = await container.changes({
        abortSignal: signal,
      });
      return (found ?? []).flatMap(({ Path: path, Kind }): readonly ContainerChange[] => {
        const kind = KINDS[Kind];
        return kind === undefined ? [] : [{ path, kind }];
      });
    },
    async archive(path, { signal }) {
      try {
        const stream = await container.getArchive({ path, abortSignal: signal });
        return stream instanceof Readable ? stream : Readable.from(stream);
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => remove(container),
  };
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
  const outputs = [new PassThrough(), new PassThrough()] as const;
  docker.modem.demuxStream(stream, ...outputs);
  const end = (): void => outputs.forEach((output) => void output.end());
  stream.once('end', end).once('close', end).once('error', end);
  return Promise.all(
    outputs.map(async (output) => {
      for await (const line of createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY })) onLine(line);
    }),
  );
}

/** Gone already is as good. */
async function remove(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true, abortSignal: AbortSignal.timeout(REMOVE_DEADLINE_MS) });
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw startError(error, container.id);
  }
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

function startError(error: unknown, image: string): unknown {
  if (error instanceof ToolError) return error;
  const status = statusOf(error);
  const why = error instanceof Error ? error.message : String(error);
  if (status === 404)
    return new ToolError('IMAGE_NOT_FOUND', `Cannot start a container of "${image}": the daemon does not have it`, {
      cause: error,
    });
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
