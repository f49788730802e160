import type Docker from 'dockerode';
import { CONTAINER_VARIABLES } from '../../runtime/core/container-variables.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { formatImageRef, type ImageRef } from '../../runtime/core/image-ref.ts';
import { buildImage } from '../build/build-image.ts';
import type { BuildRequest } from '../build/build-request.ts';
import { openDeps } from '../build/open-deps.ts';
import { parsePlatforms } from '../build/platforms.ts';
import type { AppContext } from '../commands/command.ts';
import { createDaemonStore } from '../image/daemon/daemon-store.ts';
import type { Registries } from '../image/registry/registries.ts';
import type { Application } from '../run/read-application.ts';
import type { RunScope } from '../run/with-run.ts';
import { findImageId } from './bring-image.ts';

export interface ApplicationBuild {
  readonly input: BuildRequest['input'];
  readonly indexTokens: BuildRequest['indexTokens'];
  readonly java: string | undefined;
  readonly upgrade: boolean;
  /** What it is called in the daemon. */
  readonly as: { readonly repository: string; readonly tag: string };
  /** Is awaited when the source is there and nothing has been made of it. */
  readonly onRead?: ((application: Application) => Promise<void>) | undefined;
  readonly docker: Docker;
  readonly registries: Registries;
  readonly cache: string;
  readonly scope: RunScope;
}

export interface BuiltApplication {
  /** The id of its image in the daemon. */
  readonly id: string;
  readonly name: string;
  /** What was planned, and how it was to be run; its files are gone by now. */
  readonly application: Pick<Application, 'settings' | 'plan' | 'tree'>;
}

/** Builds an application and gives it to the daemon. An image that had its name goes: of what is run again and again only the last one stays.
 *  @throws {ToolError} as buildImage, and what `onRead` throws */
export async function buildApplication(build: ApplicationBuild, app: AppContext, ctx: Ctx): Promise<BuiltApplication> {
  const { docker, registries, cache, scope, input, java = null } = build;
  const ref: ImageRef = { registry: 'localhost', ...build.as, digest: null };
  const name = formatImageRef(ref);
  const before = await findImageId(docker, name, ctx);
  const request: BuildRequest = {
    input: { ...input, ...imageAlone(input) },
    destination: { kind: 'daemon', ref, tags: [build.as.tag] },
    platforms: parsePlatforms([], app.arch),
    ...{ labels: {}, baseMirror: null, indexTokens: build.indexTokens },
    ...{ isForced: false, isDry: false, java, upgrade: build.upgrade, contract: null },
  };
  const tools = { registries, env: app.env, cwd: app.cwd, pid: app.pid };
  const deps = await openDeps({ tools, referrers: null, cache, scope }, app);
  let application: Application | undefined;
  const executor: typeof deps.executor = (toolchain) => {
    const inner = deps.executor(toolchain);
    return {
      expect: (builders, inside) => inner.expect(builders, inside),
      assemble: async (what, inside) => {
        application = what.application;
        await build.onRead?.(application);
        return inner.assemble(what, inside);
      },
    };
  };
  await buildImage(request, createDaemonStore({ docker, ref }), { ...deps, executor }, ctx);
  const id = await findImageId(docker, name, ctx);
  if (id === undefined || application === undefined) throw new Error('an image that was loaded and is not there');
  if (before !== undefined && before !== id)
    await docker
      .getImage(before)
      .remove()
      .catch(() => {});
  const { settings, plan, tree } = application;
  return { id, name, application: { settings, plan, tree } };
}

/** What one run is told is not part of the image: neither its arguments nor what may be a secret. */
export function imageAlone({ flags, env }: BuildRequest['input']): Pick<BuildRequest['input'], 'flags' | 'env'> {
  return {
    flags: { ...flags, args: [], conf: [], env: [], envFile: [], executorEnv: [] },
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !ARGUMENTS.includes(name))),
  };
}

/** Those that give arguments of a run. */
const ARGUMENTS = CONTAINER_VARIABLES.flatMap(({ name }) => (/_ARGS$/.test(name) ? [name] : []));
