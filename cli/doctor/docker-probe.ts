import type { Ctx } from '../../runtime/core/context.ts';
import type { Environment } from '../config/settings.ts';
import type { DockerProbe } from './docker-check.ts';

/** The daemon that commands would talk to. Its client is loaded when it is asked. */
export function dockerProbe(env: Environment): DockerProbe {
  return {
    isNamed: (env.DOCKER_HOST ?? '') !== '',
    facts: async (ctx: Ctx) => {
      const [{ connectDocker, findDockerSocket }, { isNewEnough, isRootless }] = await Promise.all([
        import('../../runtime/platform/docker/connect-docker.ts'),
        import('../../runtime/platform/docker/check-daemon.ts'),
      ]);
      const socket = await findDockerSocket(env);
      const docker = await connectDocker(env, ctx);
      const [version, info] = await Promise.all([docker.version(), docker.info()]);
      ctx.signal.throwIfAborted();
      return {
        host: socket === undefined ? (env.DOCKER_HOST ?? '') : `unix://${socket}`,
        isHere: socket !== undefined,
        release: version.Version,
        isNewEnough: isNewEnough(version.ApiVersion),
        isRootless: isRootless(info),
        limits: { memory: info.MemoryLimit !== false, processors: info.CpuCfsQuota !== false },
      };
    },
  };
}
