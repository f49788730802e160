import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { statusOf } from '../../../runtime/platform/docker/docker-errors.ts';
import type { ContainerHost, ContainerSpec, ContainerUpload } from './build-container.ts';
import { readOutput } from './container-output.ts';
import { callOptions, createDockerContainer, removeContainer } from './docker-container.ts';
import { startError } from './host-errors.ts';

/** Containers of a Docker daemon. */
export function createDockerHost(docker: Docker): ContainerHost {
  return {
    async start(spec, onLine, ctx) {
      ctx.signal.throwIfAborted();
      const { image } = spec;
      const container = await create(docker, spec, ctx);
      let connection: Duplex | undefined;
      try {
        ctx.signal.throwIfAborted();
        for (const upload of spec.uploads) await put(container, upload, ctx);
        const streams = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
        // dockerode's type for the two-way connection says less than what it is: a socket.
        connection = (await container.attach({ ...streams, abortSignal: ctx.signal })) as Duplex;
        const outputs = readOutput(docker, connection, onLine);
        await container.start(callOptions(ctx.signal));
        return createDockerContainer({ container, image, connection, outputs }, ctx);
      } catch (error) {
        // What cannot be deleted is swept up later: what stopped us is what counts.
        await removeContainer(container).catch(() => {});
        connection?.destroy();
        ctx.signal.throwIfAborted();
        throw startError(error, image);
      }
    },
  };
}

const TEMPORARY = 'rw,noexec,nosuid,nodev,size=16m,mode=1777';
const NANOCPUS_PER_MILLICORE = 1_000_000;
const NOT_FOUND = 404;

/** A daemon that is not waited for any more may still make it: it is deleted by its name. */
async function create(docker: Docker, spec: ContainerSpec, ctx: Ctx): Promise<Docker.Container> {
  try {
    // What the client's types do not know: the name alone is part of the address, which daemons and proxies log, and the environment is not.
    const request = { _query: { name: spec.name }, _body: optionsFor(spec), abortSignal: ctx.signal };
    return await docker.createContainer(request as Docker.ContainerCreateOptions);
  } catch (error) {
    if (statusOf(error) === undefined) await removeContainer(docker.getContainer(spec.name)).catch(() => {});
    ctx.signal.throwIfAborted();
    throw startError(error, spec.image);
  }
}

/** Its input ends with our connection, whatever ends us, and what ends the container deletes it. Its first process is ours: an init of the daemon's choice
 *  would leave what else runs there alone. */
function optionsFor(spec: ContainerSpec): Docker.ContainerCreateOptions {
  const { image, command, env, user, labels, memoryFolders, isConfined, memoryBytes, millicores, network } = spec;
  const inMemory = memoryFolders.map((folder) => [folder, TEMPORARY] as const);
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
      AutoRemove: true,
      Init: false,
      NetworkMode: network,
      Tmpfs: Object.fromEntries(isConfined ? [...inMemory, ['/tmp', '']] : inMemory),
      ...(isConfined ? { ReadonlyRootfs: true, CapDrop: ['ALL'] } : {}),
      SecurityOpt: ['no-new-privileges'],
      ...(memoryBytes === null ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(millicores === null ? {} : { NanoCpus: millicores * NANOCPUS_PER_MILLICORE }),
    },
  };
}

async function put(container: Docker.Container, { folder, archive }: ContainerUpload, ctx: Ctx): Promise<void> {
  try {
    await container.putArchive(archive(), { path: folder, abortSignal: ctx.signal });
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (statusOf(error) !== NOT_FOUND) throw error;
    throw new ToolError('INJECTION_FAILED', `Cannot inject into "${folder}": the builder has no such folder`, {
      cause: error,
      details: { folder },
    });
  }
}
