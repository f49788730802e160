import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import type { ImageRef } from '../../runtime/core/image-ref.ts';
import { DEFAULT_SPARK_SERIES, sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { type Destination, formatBuilt, parseDestination } from '../build/destination.ts';
import { parsePlatforms } from '../build/platforms.ts';
import { parseLibc } from '../builder/architectures.ts';
import { type BuiltBuilder, buildBuilder } from '../builder/build-builder.ts';
import { findComposable } from '../builder/composables.ts';
import { findExtension } from '../builder/extensions.ts';
import { imagePlace } from '../builder/image-place.ts';
import { caFileOf, openRegistries } from '../builder/open-registries.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { ImageStore } from '../image/image-store.ts';
import { createLayoutStore } from '../image/layout/layout-store.ts';
import type { Registries } from '../image/registry/registries.ts';
import { withRun } from '../run/with-run.ts';
import { createPackageSource } from '../toolchain/deps.ts';
import type { definition } from './builder-build.ts';
import type { AppContext, CommandArgs, CommandHandler } from './command.ts';

/** The digest is the result; the steps tell of the rest. */
export const buildCommand: CommandHandler<typeof definition> = async (args, app) => {
  const { positionals, options } = args;
  const extension = findExtension(positionals.name);
  if (extension !== undefined) {
    const { extend } = await import('./builder-extend-handler.ts');
    const { destination, built } = await extend(extension, args, app);
    await report(built, destination, app);
    return 0;
  }
  const what = findComposable(positionals.name);
  if (!what.hasSpark) refuseOptions(options, ['spark', 'python'], `"${what.name}": it has neither Spark nor Python`);
  refuseOptions(options, ['build-network', 'build-timeout'], `"${what.name}": nothing is run for it`);
  const destination = parseDestination(options, app.cwd);
  const request = {
    what,
    platforms: parsePlatforms(options.arch, app.arch),
    spark: releaseOf(options.spark ?? DEFAULT_SPARK_SERIES),
    python: minorOf(options.python),
    libc: options.libc === undefined ? null : parseLibc(options.libc),
    tags: destination.tags,
  };
  if (destination.kind === 'daemon' && request.platforms.length > 1) {
    throw new ToolError('USAGE', 'Cannot load one image for several architectures into the daemon', {
      hint: 'Name one with --arch, or push the image',
    });
  }
  const { state, cache } = foldersFrom(app.env, app.home);
  const started = { name: `builder-${what.name}`, stateFolder: state, launches: false, stopping: STOPPING };
  const built = await withRun(started, app, async ({ ctx, marker }) => {
    await using registries = openRegistries(options, app);
    const { env, home, platform, arch, pid, cwd, root, version } = app;
    const index = { indexUrl: options['index-url'] ?? null, caFile: caFileOf(options, app.cwd) };
    const toolchain = { cache, env, home, platform, arch, pid, extraEnv: marker, index };
    await using source = createPackageSource(toolchain);
    const base = imagePlace(options.base ?? what.defaultBase, { registries, cwd, pid });
    const store = await openStore(destination, base.ref === null ? [] : [base.ref], { registries, app }, ctx);
    const places = { ...request, base, destination: store, scratch: cache };
    return await buildBuilder(places, { toolchain, source, root, version }, ctx);
  });
  await report(built, destination, app);
  return 0;
};

/** @throws {ToolError} USAGE for options that say nothing here */
export function refuseOptions(options: Options, names: readonly (keyof Options)[], forWhat: string): void {
  const given = names.filter((name) => options[name] !== undefined).map((name) => `--${name}`);
  if (given.length > 0) throw new ToolError('USAGE', `Cannot use ${given.join(' and ')} for ${forWhat}`);
}

export type Options = CommandArgs<typeof definition>['options'];

const STOPPING = 'what is fetched by now stays in the cache';

/** `4.2` is its newest release. */
function releaseOf(version: string): string {
  const series = sparkSeriesOf(version);
  return version === series.series ? series.release : version;
}

function minorOf(text: string | undefined): string | null {
  if (text === undefined || /^3\.\d+$/.test(text)) return text ?? null;
  throw new ToolError('USAGE', `Cannot read "${text}" as a Python`, { hint: 'Write it as 3.12' });
}

interface StoreDeps {
  readonly registries: Registries;
  readonly app: AppContext;
}

/** The daemon is only loaded into: an image of one architecture. */
export async function openStore(
  destination: Destination,
  mountFrom: readonly ImageRef[],
  { registries, app }: StoreDeps,
  ctx: Ctx,
): Promise<ImageStore> {
  if (destination.kind === 'layout') return createLayoutStore({ folder: destination.folder, pid: app.pid });
  if (destination.kind === 'registry') return registries.store(destination.ref, { access: 'push', mountFrom });
  const { connectDocker } = await import('../../runtime/platform/docker/connect-docker.ts');
  const { createDaemonStore } = await import('../image/daemon/daemon-store.ts');
  return createDaemonStore({ docker: await connectDocker(app.env, ctx), ref: destination.ref });
}

async function report(
  { digest, changed, images }: BuiltBuilder,
  destination: Destination,
  app: AppContext,
): Promise<void> {
  const name = formatBuilt(destination, digest);
  const platforms = images.map(({ platform, descriptor, layers, addedBytes }) => ({
    ...{ platform: formatPlatform(platform), digest: descriptor.digest, addedBytes },
    layers: layers.map(({ kind, digest, diffId, bytes, origin, arrival }) => ({
      ...{ kind, digest, diffId, bytes, origin, arrival },
    })),
  }));
  await app.writeResult({
    text: name,
    data: { image: name, digest, changed, tags: destination.tags, platforms },
  });
}
