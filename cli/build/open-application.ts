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
  readBuilder,
} from './find-builder.ts';
import type { LookUp } from './look-up.ts';
import { checkBuildVariables } from './refused-names.ts';

/** The builder of an application, for each platform that was asked for. */
export interface ResolvedBuilder {
  readonly named: NamedBuilder;
  /** What its name stands for: an index, where it is one. */
  readonly digest: string;
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
  { commit }: LookUp,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<OpenedApplication> {
  const { input } = request;
  const found = commit === null || commit.isMoved ? {} : { resolved: commit.resolved };
  const place = { scratch: await deps.scratch(), extraEnv: deps.toolchain.extraEnv };
  let builder: ResolvedBuilder | undefined;
  const offeredSpark = async (settings: Settings): Promise<string> => {
    checkBuildVariables(settings);
    builder = await resolveBuilder(settings, request, deps, ctx);
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

async function resolveBuilder(
  { build }: Settings,
  { platforms, baseMirror, pinned }: BuildRequest,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<ResolvedBuilder> {
  if (build.builder === null) {
    throw new ToolError('USAGE', 'Cannot build without a builder image: nobody names one', {
      hint: 'Name one with --builder IMAGE, HIBANA_BUILDER, or "build: {builder: IMAGE}" in hibana.yaml',
    });
  }
  const named = deps.builder(build.builder, baseMirror);
  const digest = pinned?.builderDigest ?? (await findBuilderDigest(named, ctx));
  const reading = platforms.map((platform) => readBuilder(named, digest, platform, ctx));
  return { named, digest, platforms: await Promise.all(reading) };
}
