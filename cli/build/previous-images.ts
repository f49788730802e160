import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { isDigest } from '../../runtime/core/image-ref.ts';
import { writeAtomically } from '../../runtime/platform/atomic-write.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { KeptImage } from '../image/pack/make-layer.ts';
import type { BuildDeps } from './build-deps.ts';
import type { BuildRequest } from './build-request.ts';
import { hashOf } from './content-hash.ts';
import { type Destination, formatTagged } from './destination.ts';
import { type BuiltImage, findBuilt } from './find-built.ts';
import type { LookUp } from './look-up.ts';

/** An image that was there before, with an image to take layers from for each platform. */
export interface PreviousImage {
  readonly images: readonly KeptImage[];
}

export interface PreviousRequest {
  readonly request: BuildRequest;
  readonly destination: ImageStore;
  readonly before: LookUp;
}

/** Images of the destination whose layers may be used again: those under the tags that were asked for; where there are none, what this machine built
 *  there last, else what is called `latest`: with a new tag for each commit there is nothing under it yet.
 *  @throws {ToolError} what the store throws */
export async function findPrevious(
  { request, destination, before }: PreviousRequest,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<readonly PreviousImage[]> {
  const keep = ({ images }: BuiltImage): PreviousImage => ({
    images: images.map((image) => ({ image, store: destination, ref: refOf(request.destination) })),
  });
  if (before.built.length > 0) return before.built.map(keep);
  for (const reference of [await recall(request.destination, deps), LATEST]) {
    if (reference === undefined) continue;
    const { platforms } = request;
    const name = formatTagged(request.destination, reference);
    const found = await findBuilt(reference, { store: destination, platforms, name }, ctx);
    if (found !== undefined) return [keep(found)];
  }
  return [];
}

/** Keeps what was built last for a destination.  */
export async function rememberBuilt(destination: Destination, digest: string, deps: BuildDeps): Promise<void> {
  const file = fileOf(destination, deps);
  // A cache that cannot be written to costs time, and no more.
  await mkdir(dirname(file), { recursive: true })
    .then(() => writeAtomically(file, digest))
    .catch(() => {});
}

const LATEST = 'latest';

async function recall(destination: Destination, deps: BuildDeps): Promise<string | undefined> {
  const text = await readFile(fileOf(destination, deps), 'utf8').catch(() => '');
  return isDigest(text) ? text : undefined;
}

function fileOf(destination: Destination, { toolchain }: BuildDeps): string {
  return join(toolchain.cache, 'built', hashOf(formatTagged(destination, '')));
}

function refOf(destination: Destination): KeptImage['ref'] {
  return destination.kind === 'registry' ? destination.ref : null;
}
