import type { AppDescriptor } from '../../runtime/core/app.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { BuildDeps } from './build-deps.ts';
import { planKey } from './build-keys.ts';
import { type BuildRequest, buildFacts } from './build-request.ts';
import type { BuildResult } from './build-result.ts';
import { RUNS_LAUNCHER } from './builder-labels.ts';
import type { AssembledImage } from './executor.ts';
import { imageApp } from './image-app.ts';
import { IMAGE_LABELS } from './image-labels.ts';
import { keepBuilt } from './keep-built.ts';
import { lookUp } from './look-up.ts';
import { type OpenedApplication, openApplication } from './open-application.ts';
import { packPlatforms } from './pack-platforms.ts';
import { buildByContract } from './s2i/build-by-contract.ts';

/** Makes an image of a source and puts it at its destination, or finds that it is there. What was asked for before is known by a few questions, and
 *  nothing is fetched; what has the same content, whatever commit it is of, is not made again: then tags alone are written, those that are
 *  missing. `isForced` makes it all the same, and comes to the same digest for the same request.
 *  @throws {ToolError} of the catalog's source, build and push rows; rejects with `signal.reason` on abort, when nothing half-made is left */
export async function buildImage(
  request: BuildRequest,
  destination: ImageStore,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<BuildResult> {
  const before = await lookUp(request, destination, deps, ctx);
  if (before.same !== undefined && !request.isForced) {
    return keepBuilt(before.same, { request, destination, why: 'request' }, deps, ctx);
  }
  if (request.contract !== null) return buildByContract(request.contract, { request, destination, before }, deps, ctx);
  await using opened = await openApplication(request, before, deps, ctx);
  const app = imageApp(opened.application);
  const images = await assemble(request, opened, app, deps, ctx);
  const key = keyOf(request, opened, { app, images }, deps);
  const equal = before.built.find(({ labels }) => labels[IMAGE_LABELS.planKey] === key);
  if (equal !== undefined && !request.isForced) {
    return await keepBuilt(equal, { request, destination, why: 'content' }, deps, ctx);
  }
  const { application: source, builder } = opened;
  const packing = { request, destination, before, source, builder, app, images, planKey: key, ownLabels: {} };
  return await packPlatforms({ ...packing, changes: RUNS_LAUNCHER }, deps, ctx);
}

function assemble(
  { input, indexTokens, java, upgrade }: BuildRequest,
  { application, builder }: OpenedApplication,
  app: AppDescriptor,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<readonly AssembledImage[]> {
  const { settings } = application;
  const { toolchain, launcher } = deps;
  const index = { indexUrl: settings.indexUrl, caFile: input.open.caFile, tokens: indexTokens };
  const executor = deps.executor({ ...toolchain, env: { ...toolchain.env, ...settings.build.env }, index });
  const isDirectory = input.source.kind === 'directory';
  return executor.assemble(
    { application, app, isDirectory, builders: builder.platforms, launcher, java, upgrade },
    ctx,
  );
}

interface Made {
  readonly app: AppDescriptor;
  readonly images: readonly AssembledImage[];
}

function keyOf(
  request: BuildRequest,
  { application: { plan, settings }, builder }: OpenedApplication,
  { app, images }: Made,
  { tool }: BuildDeps,
): string {
  const layers = images.flatMap(({ builder: { platform }, layers }) =>
    layers.map(({ kind, key }) => ({ platform: formatPlatform(platform), kind, key })),
  );
  const { builder: name, pythonPath, sparkConf } = plan;
  const facts = buildFacts(request, settings.build.env, builder.digest, tool);
  return planKey({ app, plan: { builder: name, pythonPath, sparkConf }, layers, build: facts });
}
