import type { Ctx } from '../../runtime/core/context.ts';
import { errorMessage, ToolError } from '../../runtime/core/errors.ts';
import { type Check, type Finding, findingOf, ok, warning } from './check.ts';

/** What a daemon says of itself. */
export interface DockerFacts {
  /** As DOCKER_HOST would name it. */
  readonly host: string;
  /** Whether it is of this machine: its socket is here. */
  readonly isHere: boolean;
  readonly release: string;
  /** Whether its API has what clusters need. */
  readonly isNewEnough: boolean;
  /** Whether it is a user's own, without root. */
  readonly isRootless: boolean;
  /** Whether containers get no more memory and processors than they are given. */
  readonly limits: { readonly memory: boolean; readonly processors: boolean };
}

export interface DockerProbe {
  /** Whether somebody names a daemon: one that is named and does not answer is worth a word. */
  readonly isNamed: boolean;
  /** @throws {ToolError} DOCKER_UNREACHABLE */
  facts(ctx: Ctx): Promise<DockerFacts>;
}

const WITHOUT = '--platform docker and --build-in docker need one';

/** What works with the Docker daemon of this user: nothing needs one but what is to be in containers, so that none is no failure. */
export function dockerCheck(probe: DockerProbe): Check {
  return {
    name: 'Docker',
    run: async (ctx) => {
      try {
        return judge(await probe.facts(ctx));
      } catch (error) {
        ctx.signal.throwIfAborted();
        if (!(error instanceof ToolError) || error.code !== 'DOCKER_UNREACHABLE') throw error;
        if (probe.isNamed || error.details?.errno !== 'ENOENT') return findingOf(error, 'warning');
        return ok(`no daemon; ${WITHOUT} (${errorMessage(error)})`);
      }
    },
  };
}

function judge({ host, isHere, release, isNewEnough, isRootless, limits }: DockerFacts): Finding {
  const where = `${release} at ${host}`;
  if (!isNewEnough) return warning(`${where}, too old`, 'Update the Docker daemon to 20.10 or newer');
  if (!isHere) {
    return ok(`${where}, of another machine: builds work; runs and clusters need a daemon of this one, by its socket`);
  }
  const missing = [...(limits.memory ? [] : ['memory']), ...(limits.processors ? [] : ['processors'])];
  const kind = isRootless ? `${where}, rootless` : where;
  if (missing.length > 0) {
    return warning(
      `${kind}: it cannot limit the ${missing.join(' and ')} of containers`,
      isRootless
        ? 'Delegate the cgroup controllers cpu and memory to your user, as Docker\'s "Rootless mode" says'
        : 'Let the kernel have the cgroup controllers cpu and memory',
    );
  }
  if (!isRootless) return ok(`${where}: builds, runs and clusters work`);
  return ok(`${kind}: builds and runs work; shared clusters do not, their masters are out of reach of this machine`);
}
