import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { Settings } from '../config/settings.ts';
import { type Application, readApplication } from '../run/read-application.ts';
import type { BuildDeps } from './build-deps.ts';
import type { BuildRequest } from './build-request.ts';
import {
  checkBuilders,
  findBuilderDigest,
  type NamedBuilder,
  type PlatformBuilder,
  type PlatformImage,
  readBuilder,
  readBuilderImage,
} from './find-builder.ts';
import type { LookUp } from './look-up.ts';
import { checkBuildVariables } from './refused-names.ts';

/** A builder image of anybody's, for each platform that was asked for. */
export interface NamedImage {
  readonly named: NamedBuilder;
  /** What its name stands for: an index, where it is one. */
  readonly digest: string;
  readonly platforms: readonly PlatformImage[];
}

/** The builder of an application. */
export interface ResolvedBuilder extends NamedImage {
  readonly platforms: readonly PlatformBuilder[];
}

/** A source that is here, planned for its builder. Disposing it deletes what was fetched. */
export interface OpenedApplication extends AsyncDisposable {
  readonly application: Application;
  readonly builder: ResolvedBuilder;
}

/** Fetches the source and plans it: the steps `source` and `plan`. What the source leaves open is planned for the builder that it, or whoever asks
 *  for the build, names.
 *  @throws {ToolError} those of readApplication, findBuilderDigest, readBuilder and checkBuilders; USAGE when nobody names a builder;
 *  ENVIRONMENT_REFUSED */
export async function openApplication(
  request: BuildRequest,
  before: LookUp,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<OpenedApplication> {
  const { input } = request;
  const { commit } = before;
  // What is refused for an image gets no further here either.
  checkBuildVariables(before.early);
  const expected = expectBuilder(before, request, deps, ctx);
  const found = commit === null || commit.isMoved ? {} : { resolved: commit.resolved };
  const place = { scratch: await deps.scratch(), extraEnv: deps.toolchain.extraEnv };
  let builder: ResolvedBuilder | undefined;
  const offeredSpark = async (settings: Settings): Promise<string> => {
    checkBuildVariables(settings);
    const isExpected = settings.build.builder === before.builder?.name;
    builder = await ((isExpected ? expected : null) ?? resolveBuilder(settings, request, deps, ctx));
    return builder.platforms[0]?.facts.spark ?? '';
  };
  const application = await readApplication(
    { ...input, open: { ...input.open, ...place, ...found }, offeredSpark },
    ctx,
  );
  try {
    if (builder === undefined) throw new Error('planned without a builder');
    const { plan } = application;
    const needs = { builder: plan.builder, spark: plan.app.spark, python: plan.python };
    checkBuilders(builder.named.name, builder.platforms, needs);
    return { application, builder, [Symbol.asyncDispose]: () => application[Symbol.asyncDispose]() };
  } catch (error) {
    await application[Symbol.asyncDispose]();
    throw error;
  }
}

/** A builder that is known already is read while the source is on its way, and this machine looked at for it. */
function expectBuilder(
  { builder, early }: LookUp,
  request: BuildRequest,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<ResolvedBuilder> | null {
  if (builder === null) return null;
  const { caFile } = request.input.open;
  const { toolchain } = deps;
  const env = { ...toolchain.env, ...early.build.env };
  const executor = deps.executor({ ...toolchain, env, index: { indexUrl: early.indexUrl, caFile } });
  const named = deps.builder(builder.name, request.baseMirror);
  const reading = readPlatforms({ named, digest: request.pinned?.builderDigest ?? builder.digest }, request, ctx);
  // Whoever needs the builder is told what is wrong with it.
  reading.then(({ platforms }) => executor.expect(platforms, ctx)).catch(() => {});
  return reading;
}

async function resolveBuilder(
  settings: Settings,
  request: BuildRequest,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<ResolvedBuilder> {
  return readPlatforms(await findNamed(settings, request, deps, ctx), request, ctx);
}

async function readPlatforms(
  { named, digest }: Omit<NamedImage, 'platforms'>,
  { platforms }: BuildRequest,
  ctx: Ctx,
): Promise<ResolvedBuilder> {
  const reading = platforms.map((platform) => readBuilder(named, digest, platform, ctx));
  return { named, digest, platforms: await Promise.all(reading) };
}

/** The builder image that the settings name, whoever made it.
 *  @throws {ToolError} USAGE when nobody names one; those of findBuilderDigest and readBuilderImage */
export async function resolveNamed(
  settings: Settings,
  request: BuildRequest,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<NamedImage> {
  const { named, digest } = await findNamed(settings, request, deps, ctx);
  const reading = request.platforms.map((platform) => readBuilderImage(named, digest, platform, ctx));
  return { named, digest, platforms: await Promise.all(reading) };
}

async function findNamed(
  { build }: Settings,
  { baseMirror, pinned }: BuildRequest,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<Omit<NamedImage, 'platforms'>> {
  if (build.builder === null) {
    throw new ToolError('USAGE', 'Cannot build without a builder image: nobody names one', {
      hint: 'Name one with --builder IMAGE, HIBANA_BUILDER, or "build: {builder: IMAGE}" in hibana.yaml',
    });
  }
  const named = deps.builder(build.builder, baseMirror);
  return { named, digest: pinned?.builderDigest ?? (await findBuilderDigest(named, ctx)) };
}
