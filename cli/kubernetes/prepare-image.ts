import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { parseImageRef } from '../../runtime/core/image-ref.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { buildImage } from '../build/build-image.ts';
import type { BuildRequest } from '../build/build-request.ts';
import { type Destination, formatBuilt } from '../build/destination.ts';
import { OCI_LABELS } from '../build/image-labels.ts';
import { openDeps } from '../build/open-deps.ts';
import { openDestination, openReferrers, repositoriesOf } from '../build/open-places.ts';
import type { PlaceDeps } from '../builder/image-place.ts';
import type { AppContext } from '../commands/command.ts';
import type { Settings } from '../config/settings.ts';
import { imageAlone } from '../docker/application-image.ts';
import { isImageSource } from '../docker/image-source.ts';
import type { Platform } from '../image/descriptor.ts';
import { settleSource } from '../run/read-application.ts';
import type { RunScope } from '../run/with-run.ts';
import { type RegistryImage, readRegistryImage } from './registry-image.ts';

export interface ImageWanted {
  /** In the words of whoever wants it. */
  readonly source: string;
  readonly input: BuildRequest['input'];
  readonly indexTokens: BuildRequest['indexTokens'];
  readonly java: string | undefined;
  readonly upgrade: boolean;
  /** What was said of this run alone. */
  readonly early: Settings;
  /** Where what is built is pushed. */
  readonly image: string | null;
  readonly platform: Platform;
  readonly places: PlaceDeps;
  readonly cache: string;
  readonly scope: RunScope;
}

export interface PreparedImage {
  readonly image: RegistryImage & { readonly app: LaunchRequest['app'] };
  /** How it is to be run: by the source, where there is one. */
  readonly settings: Settings;
  readonly commit: string | null;
}

/** Has the image of an application in a registry, built of a source or as it is named, and knows what is in it.
 *  @throws {ToolError} USAGE for a source without --image; as buildImage and readRegistryImage; IMAGE_INCOMPLETE for the image of no application */
export async function prepareImage(wanted: ImageWanted, app: AppContext, ctx: Ctx): Promise<PreparedImage> {
  const { source, early, platform, places } = wanted;
  if (isImageSource(source)) {
    const image = needApplication(await readRegistryImage(source, platform, places, ctx));
    return { image, settings: early, commit: image.labels[OCI_LABELS.revision] ?? null };
  }
  const { name, settings, commit } = await build(wanted, app, ctx);
  return { image: needApplication(await readRegistryImage(name, platform, places, ctx)), settings, commit };
}

interface Built {
  readonly name: string;
  readonly settings: Settings;
  readonly commit: string | null;
}

async function build(wanted: ImageWanted, app: AppContext, ctx: Ctx): Promise<Built> {
  const { input, places, platform, cache, scope, java = null } = wanted;
  const destination = destinationOf(wanted.image);
  const { machineBytes: _, ...elsewhere } = input;
  const open = { ...input.open, scratch: await scope.guard(), extraEnv: scope.marker };
  const settings = await settle({ ...elsewhere, open }, ctx);
  const request: BuildRequest = {
    input: { ...elsewhere, ...imageAlone(input) },
    ...{ destination, platforms: [platform], labels: {}, baseMirror: null, indexTokens: wanted.indexTokens },
    ...{ isForced: false, isDry: false, java, upgrade: wanted.upgrade, contract: null },
  };
  const tools = { ...places, env: app.env };
  const from = repositoriesOf([input.flags.builder ?? app.env.HIBANA_BUILDER]);
  const referrers = openReferrers(destination, from, tools);
  const deps = await openDeps({ tools, referrers, cache, scope }, app);
  const { digest, commit } = await buildImage(request, await openDestination(destination, from, tools, ctx), deps, ctx);
  return { name: formatBuilt(destination, digest), settings, commit };
}

/** What hibana.yaml says of how it is run; the build fetches the source again if it has to. */
async function settle(input: Parameters<typeof settleSource>[0], ctx: Ctx): Promise<Settings> {
  await using source = await settleSource(input, { ...ctx, emit: () => {} });
  return source.settings;
}

function destinationOf(image: string | null): Destination {
  if (image === null) {
    throw new ToolError('USAGE', 'Cannot run a source on Kubernetes without a name for its image', {
      hint: 'Name a repository that you may push to, and nodes may read, with --image registry.example/team/app',
    });
  }
  const ref = parseImageRef(image);
  if (ref.digest !== null) {
    throw new ToolError('USAGE', `Cannot build "${image}": a digest is known only when the image is made`);
  }
  return { kind: 'registry', ref, tags: [ref.tag ?? 'latest'] };
}

function needApplication(image: RegistryImage): PreparedImage['image'] {
  const { app } = image;
  if (app !== null) return { ...image, app };
  throw new ToolError('IMAGE_INCOMPLETE', `Cannot run "${image.name}": it is the image of no application`, {
    hint: 'Build one on it with "hibana build", and run the image that this makes',
  });
}
