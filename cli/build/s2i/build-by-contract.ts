import { posix } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { step } from '../../../runtime/core/events.ts';
import type { ImageStore } from '../../image/image-store.ts';
import { type SettledSource, settleSource } from '../../run/read-application.ts';
import type { BuildDeps } from '../build-deps.ts';
import type { BuildRequest } from '../build-request.ts';
import type { BuildResult } from '../build-result.ts';
import type { PlatformImage } from '../find-builder.ts';
import { IMAGE_LABELS } from '../image-labels.ts';
import { keepBuilt } from '../keep-built.ts';
import type { LookUp } from '../look-up.ts';
import { type NamedImage, resolveNamed } from '../open-application.ts';
import { packPlatforms } from '../pack-platforms.ts';
import { checkBuildVariables } from '../refused-names.ts';
import { assembleImage, type ContractImage } from './assemble-image.ts';
import { type ContractInput, readContractInput } from './contract-input.ts';
import type { ContractOptions } from './contract-options.ts';

export interface ContractBuild {
  readonly request: BuildRequest;
  readonly destination: ImageStore;
  readonly before: LookUp;
}

/** Makes an image of a source by the scripts of its builder, a source-to-image builder of anybody's, in a container: what `assemble` changes of the
 *  builder becomes a layer. The same source, scripts, builder and options are known again, and nothing is run.
 *  Steps: `source`, `assemble`, `layers`, `push`.
 *  @throws {ToolError} those of settleSource, readContractInput, assembleImage and packPlatforms; USAGE when nobody names a builder */
export async function buildByContract(
  contract: ContractOptions,
  { request, destination, before }: ContractBuild,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<BuildResult> {
  await using source = await openForContract(request, before, deps, ctx);
  const builder = await resolveNamed(source.settings, request, deps, ctx);
  const [platform] = builder.platforms;
  if (platform === undefined) throw new Error('a build for no platform');
  const input = await readContractInput({ contract, request, source, platform }, deps, ctx);
  const equal = before.built.find(({ labels }) => labels[IMAGE_LABELS.planKey] === input.key);
  const looksAgain = request.upgrade || source.settings.resolveAt.kind === 'now';
  if (equal !== undefined && !request.isForced && !looksAgain) {
    return await keepBuilt(equal, { request, destination, why: 'content' }, deps, ctx);
  }
  const image = await makeImage({ contract, request, destination, before, builder, platform, input }, deps, ctx);
  const layer = { ...image.layer, key: input.key };
  const { isRepeatable } = input;
  // A layer of the same inputs is not what was made now.
  const packed = looksAgain ? { ...request, isForced: true } : request;
  const packing = {
    request: packed,
    destination,
    before,
    source,
    builder,
    app: null,
    planKey: input.key,
    isRepeatable,
  };
  const images = [{ builder: platform, layers: [layer], inventory: { distributions: [], jars: [] } }];
  return await packPlatforms({ ...packing, images, changes: image.changes, ownLabels: image.labels }, deps, ctx);
}

interface Making extends ContractBuild {
  readonly contract: ContractOptions;
  readonly builder: NamedImage;
  readonly platform: PlatformImage;
  readonly input: ContractInput;
}

function makeImage(making: Making, deps: BuildDeps, ctx: Ctx): Promise<ContractImage> {
  const { before, destination, request } = making;
  const previous = before.built[0]?.images[0];
  const ref = request.destination.kind === 'registry' ? request.destination.ref : null;
  const kept = previous === undefined ? null : { image: previous, store: destination, ref };
  return step(ctx, 'assemble', async () => {
    const containers = await deps.containers(ctx);
    const image = await assembleImage({ ...making, previous: kept, scratch: await deps.scratch() }, containers, ctx);
    return { result: image, detail: posix.basename(making.builder.named.publicName) };
  });
}

async function openForContract(
  { input }: BuildRequest,
  { commit }: LookUp,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<SettledSource> {
  const found = commit === null || commit.isMoved ? {} : { resolved: commit.resolved };
  const place = { scratch: await deps.scratch(), extraEnv: deps.toolchain.extraEnv };
  const source = await settleSource({ ...input, open: { ...input.open, ...place, ...found } }, ctx);
  try {
    checkBuildVariables(source.settings);
    return source;
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}
