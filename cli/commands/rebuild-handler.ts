import { resolve } from 'node:path';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { parseImageRef } from '../../runtime/core/image-ref.ts';
import { buildImage } from '../build/build-image.ts';
import type { BuildRequest } from '../build/build-request.ts';
import { type Destination, formatBuilt, parseTags } from '../build/destination.ts';
import { dryStore } from '../build/dry-store.ts';
import { type BuiltImage, openBuilt } from '../build/find-built.ts';
import { IMAGE_LABELS } from '../build/image-labels.ts';
import { openDeps } from '../build/open-deps.ts';
import { openDestination, openReferrers, parsePlace } from '../build/open-places.ts';
import { type Rebuild, rebuildRequest, recordedSource } from '../build/rebuild-request.ts';
import { checkContainerPlatforms } from '../build/s2i/contract-options.ts';
import { openRegistries } from '../builder/open-registries.ts';
import { noValues } from '../command-line/options.ts';
import { indexTokens } from '../run/index-tokens.ts';
import { readInput } from '../run/read-input.ts';
import { type RunInput, withRun } from '../run/with-run.ts';
import type { AppContext, CommandArgs, CommandHandler } from './command.ts';
import type { definition } from './rebuild.ts';
import { IMAGE_APPLICATION_OPTIONS, SOURCE_OPTIONS } from './source-options.ts';

type Args = CommandArgs<typeof definition>;

/** Builds by what the image says of itself, and compares: the image is what its source makes, or is not. */
export const rebuildCommand: CommandHandler<typeof definition> = async (args, app) => {
  const { positionals, options } = args;
  const { destination, reference } = parsePlace(positionals.image, app.cwd);
  const { state: stateFolder, cache } = foldersFrom(app.env, app.home);
  const stopping = 'what the build has made is being deleted';
  const begun: RunInput = { name: 'rebuild', stateFolder, launches: false, stopping };
  const mirror = options['base-mirror'] === undefined ? [] : [parseImageRef(options['base-mirror'])];
  const { result, image } = await withRun(begun, app, async (scope) => {
    await using registries = openRegistries(options, app);
    const tools = { registries, env: app.env, cwd: app.cwd, pid: app.pid };
    const store = await openDestination(destination, mirror, tools, scope.ctx);
    const rebuild = await openBuilt(reference, { store, name: positionals.image }, scope.ctx);
    const now = requestNow(rebuild, { ...destination, tags: parseTags(options.tag) }, args, app);
    const request = rebuildRequest(rebuild, now, options, app.cwd);
    if (request.contract !== null) checkContainerPlatforms(request.platforms, app.arch);
    const referrers = options['no-sbom'] ? null : openReferrers(destination, mirror, tools);
    const deps = await openDeps({ tools, referrers, cache, scope }, app);
    const place = request.isDry ? dryStore(store, destination) : store;
    return { image: rebuild.image, result: await buildImage(request, place, deps, scope.ctx) };
  });
  const before = image.stored.descriptor.digest;
  const reproduced = result.digest === before;
  const name = formatBuilt(destination, result.digest);
  await app.writeResult({
    text: reproduced ? `${name}\nis what its source makes` : `${name}\nis not ${before}${reasonOf(image, app)}`,
    data: { image: name, before, reproduced, dryRun: options['dry-run'], ...result },
  });
  return 0;
};

/** Where it is to be expected that it is another one. */
function reasonOf({ labels }: BuiltImage, { version }: AppContext): string {
  const then = labels[IMAGE_LABELS.tool];
  return then === version ? '' : `: it was built by hibana ${then}, and this is ${version}`;
}

/** What this machine has to say: how the source is fetched, and where the image goes. */
function requestNow(rebuild: Rebuild, destination: Destination, { options }: Args, app: AppContext): BuildRequest {
  const source = recordedSource(rebuild);
  const { 'base-mirror': mirror, 'dry-run': isDry, 'build-env': buildEnv } = options;
  const given = { ...noValues(IMAGE_APPLICATION_OPTIONS), ...noValues(SOURCE_OPTIONS), ...options };
  return {
    input: readInput(source, { ...given, 'build-env': buildEnv }, [], app),
    destination,
    platforms: rebuild.platforms,
    labels: {},
    baseMirror: mirror === undefined ? null : parseImageRef(mirror),
    indexTokens: indexTokens(options, (path) => resolve(app.cwd, path)),
    ...{ isForced: true, isDry, java: null, upgrade: false, contract: null },
  };
}
