import { join } from 'node:path';
import type { AppContext } from '../commands/command.ts';
import type { Referrers } from '../image/referrers.ts';
import type { BuildDeps } from './build-deps.ts';
import { createHostExecutor } from './host/host-executor.ts';
import { readLauncher } from './host/launcher-layer.ts';
import { openBuilder, type PlaceTools } from './open-places.ts';
import { openContainers } from './s2i/open-containers.ts';

export interface DepsInput {
  readonly tools: PlaceTools;
  readonly referrers: Referrers | null;
  readonly cache: string;
  /** The run that the build is done under. */
  readonly scope: { readonly marker: Readonly<Record<string, string>>; readonly guard: () => Promise<string> };
}

/** What a build takes from this machine. */
export async function openDeps({ tools, referrers, cache, scope }: DepsInput, app: AppContext): Promise<BuildDeps> {
  const { env, home, platform, arch, pid, version, root } = app;
  const launcher = await readLauncher(join(root, 'dist', 'image', 'launcher.mjs'));
  return {
    toolchain: { cache, env, home, platform, arch, pid, extraEnv: scope.marker, answers: new Map() },
    tool: { version, launcher: launcher.digest },
    launcher,
    builder: (name, mirror) => openBuilder(name, mirror, tools),
    executor: createHostExecutor,
    referrers,
    containers: (ctx) => openContainers({ env, scratch: scope.guard }, ctx),
    scratch: scope.guard,
  };
}
