import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { KeptImage } from '../image/pack/make-layer.ts';
import { findBuilderDigest, type NamedBuilder, readBuilder } from './find-builder.ts';
import { openBuilt } from './find-built.ts';
import { IMAGE_LABELS } from './image-labels.ts';
import type { Rebase } from './rebase-image.ts';

export interface RebaseWanted {
  readonly place: Omit<KeptImage, 'image'>;
  /** A tag or a digest there. */
  readonly reference: string;
  /** As errors say it. */
  readonly name: string;
  /** The builder that somebody names; `null` takes the one it was made on, as it is by now. */
  readonly base: string | null;
  readonly builder: (name: string) => NamedBuilder;
}

/** Reads an image that is to be rebased, and the builder that it shall be put onto, for all its platforms.
 *  @throws {ToolError} IMAGE_NOT_FOUND; USAGE when nobody says which builder; those of findBuilderDigest and readBuilder */
export async function openRebase(
  wanted: RebaseWanted,
  ctx: Ctx,
): Promise<Omit<Rebase, 'tags' | 'referrers' | 'scratch'>> {
  const { place, reference, name } = wanted;
  const { store } = place;
  const { image, platforms } = await openBuilt(reference, { store, name }, ctx);
  const base = wanted.base ?? image.labels[IMAGE_LABELS.builderName];
  if (base === undefined) {
    throw new ToolError('USAGE', `Cannot rebase "${name}": it does not say on what it was built`, {
      hint: 'Name the builder with --base IMAGE',
    });
  }
  const named = wanted.builder(base);
  const digest = await findBuilderDigest(named, ctx);
  const builders = await Promise.all(platforms.map((platform) => readBuilder(named, digest, platform, ctx)));
  return { image, name, place, builder: { named, digest, platforms: builders } };
}
