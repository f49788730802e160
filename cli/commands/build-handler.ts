import { resolve } from 'node:path';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { parseImageRef } from '../../runtime/core/image-ref.ts';
import { buildImage } from '../build/build-image.ts';
import type { BuildRequest } from '../build/build-request.ts';
import { describeBuild } from '../build/build-text.ts';
import { checkPlatforms, formatBuilt, parseDestination } from '../build/destination.ts';
import { dryStore } from '../build/dry-store.ts';
import { openDeps } from '../build/open-deps.ts';
import { openDestination, openReferrers, repositoriesOf } from '../build/open-places.ts';
import { parseLabels } from '../build/own-labels.ts';
import { parsePlatforms } from '../build/platforms.ts';
import { checkContainerPlatforms, checkContractFlags, readContract } from '../build/s2i/contract-options.ts';
import { openRegistries } from '../builder/open-registries.ts';
import { indexTokens } from '../run/index-tokens.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import { type RunInput, withRun } from '../run/with-run.ts';
import type { definition } from './build.ts';
import type { AppContext, CommandArgs, CommandHandler } from './command.ts';

/** Looks whether there is anything to do, and does it; prints the image's name by digest. */
export const buildCommand: CommandHandler<typeof definition> = async (args, app) => {
  const request = readRequest(args, app);
  const folders = foldersFrom(app.env, app.home);
  const name = sourceName(request.input.source);
  const stopping = 'what the build has made is being deleted';
  const begun: RunInput = { name, stateFolder: folders.state, launches: false, stopping };
  const result = await withRun(begun, app, async (scope) => {
    await using registries = openRegistries(args.options, app);
    const tools = { registries, env: app.env, cwd: app.cwd, pid: app.pid, isDry: request.isDry };
    const { baseMirror, input } = request;
    const from = baseMirror === null ? repositoriesOf([input.flags.builder ?? app.env.HIBANA_BUILDER]) : [baseMirror];
    const destination = await openDestination(request.destination, from, tools, scope.ctx);
    const referrers = args.options['no-sbom'] ? null : openReferrers(request.destination, from, tools);
    const deps = await openDeps({ tools, referrers, cache: folders.cache, scope }, app);
    const place = request.isDry ? dryStore(destination, request.destination) : destination;
    return await buildImage(request, place, deps, scope.ctx);
  });
  const image = formatBuilt(request.destination, result.digest);
  await app.writeResult({
    text: request.isDry ? describeBuild(image, result) : image,
    data: { image, dryRun: request.isDry, ...result },
  });
  return 0;
};

function readRequest({ positionals, options, rest }: CommandArgs<typeof definition>, app: AppContext): BuildRequest {
  const at = (path: string): string => resolve(app.cwd, path);
  const { arch, label, java = null, force, upgrade, 'base-mirror': mirror, 'dry-run': isDry } = options;
  const destination = parseDestination(options, app.cwd);
  const platforms = parsePlatforms(arch, app.arch);
  checkPlatforms(destination, platforms);
  const contract = readContract(options, app.cwd);
  if (contract !== null) {
    checkContainerPlatforms(platforms, app.arch);
    checkContractFlags(options);
  }
  return {
    // Secrets are given to runs: no file of theirs need be here.
    input: withoutSecrets(readInput(positionals.source, options, rest, app)),
    destination,
    platforms,
    labels: parseLabels(label),
    baseMirror: mirror === undefined ? null : parseImageRef(mirror),
    indexTokens: indexTokens(options, at),
    ...{ isForced: force, isDry, java, upgrade, contract },
  };
}

function withoutSecrets(input: BuildRequest['input']): BuildRequest['input'] {
  return { ...input, files: { ...input.files, isReadable: () => true } };
}
