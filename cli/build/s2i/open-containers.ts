import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';
import { formatImageRef } from '../../../runtime/core/image-ref.ts';
import { orAborted } from '../../../runtime/core/or-aborted.ts';
import { statusOf } from '../../../runtime/platform/docker/docker-errors.ts';
import type { KeptImage } from '../../image/pack/make-layer.ts';
import { packImage } from '../../image/pack-image.ts';
import type { Environment } from '../../packages/machine.ts';
import type { BuildContainers } from './build-container.ts';
import { hostError } from './host-errors.ts';
import { sweepContainers } from './sweep-containers.ts';

export interface ContainersInput {
  /** See connectDocker. */
  readonly env: Environment;
  /** A folder for what is made on the way. */
  readonly scratch: () => Promise<string>;
}

/** Containers of the Docker daemon that the docker command would talk to. Images come to it from where we read them, with our logins: it needs neither
 *  a registry nor a login of its own. Containers that builds before left there are deleted first.
 *  @throws {ToolError} DOCKER_UNREACHABLE; its calls CONTAINER_FAILED too, where the daemon fails */
export async function openContainers({ env, scratch }: ContainersInput, ctx: Ctx): Promise<BuildContainers> {
  // Its client is loaded only here: it is as large as all else.
  const [{ connectDocker }, { createDockerHost }] = await Promise.all([
    import('../../../runtime/platform/docker/connect-docker.ts'),
    import('./docker-host.ts'),
  ]);
  const docker = await connectDocker(env, ctx);
  await sweepContainers(docker, ctx);
  const load = async (kept: KeptImage, inner: Ctx): Promise<string> => loadImage(kept, docker, await scratch(), inner);
  return {
    ...createDockerHost(docker),
    load,
    loadOnce: async (kept, inner) => {
      const isThere = await has(docker, nameOf(kept), inner);
      const name = await load(kept, inner);
      return { name, [Symbol.asyncDispose]: async () => (isThere ? undefined : remove(docker, name)) };
    },
  };
}

/** Under a name that says what it is for: whoever cleans up finds it. */
const REPOSITORY = { registry: 'localhost', repository: 'hibana-build' };
const TAG_DIGITS = 20;
const ANSWER_WITHIN_MS = 30_000;
const NOT_FOUND = 404;

function nameOf({ image }: KeptImage): string {
  const tag = image.descriptor.digest.slice('sha256:'.length, 'sha256:'.length + TAG_DIGITS);
  return formatImageRef({ ...REPOSITORY, tag, digest: null });
}

async function loadImage(kept: KeptImage, docker: Docker, scratch: string, ctx: Ctx): Promise<string> {
  const name = nameOf(kept);
  if (await has(docker, name, ctx)) return name;
  ctx.emit({ type: 'step-progress', step: 'assemble', doing: 'brings the builder to the Docker daemon' });
  const { createDaemonStore } = await import('../../image/daemon/daemon-store.ts');
  const base = { ...kept, kind: 'image', name } as const;
  const destination = createDaemonStore({ docker, ref: REPOSITORY });
  // Its steps are not those of the build.
  const quiet = { ...ctx, emit: () => {} };
  const tags = [name.slice(name.lastIndexOf(':') + 1)];
  await packImage({ base, layers: [], changes: {}, destination, tags, scratch }, quiet);
  return name;
}

async function has(docker: Docker, name: string, ctx: Ctx): Promise<boolean> {
  try {
    // The client takes no signal for this question.
    const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    await orAborted(docker.getImage(name).inspect(), { signal });
    return true;
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (statusOf(error) === NOT_FOUND) return false;
    throw hostError(error, name);
  }
}

async function remove(docker: Docker, name: string): Promise<void> {
  // Somebody else may be using it: then it stays.
  await docker
    .getImage(name)
    .remove({ abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    .catch(() => {});
}
