import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { type ImageRef, isDigest } from '../../runtime/core/image-ref.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { Platform } from '../image/descriptor.ts';
import type { ImageStore } from '../image/image-store.ts';
import { readImage, type StoredImage } from '../image/read-image.ts';
import { type BuilderFacts, checkNoApplication, readBuilderFacts } from './builder-labels.ts';

/** A builder image by its name, and where it can be read. */
export interface NamedBuilder {
  /** As errors say it: `registry.example/hibana-python:3.12`. */
  readonly name: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly store: ImageStore;
  /** The repository it is in; `null` for a folder. */
  readonly ref: ImageRef | null;
  /** As labels say it: of a folder it is the tag alone, as that is somewhere else on other machines. */
  readonly publicName: string;
}

/** An image for one kind of machine. */
export interface PlatformImage {
  readonly platform: Platform;
  readonly image: StoredImage;
}

/** A builder of hibana's for one kind of machine. */
export interface PlatformBuilder extends PlatformImage {
  readonly facts: BuilderFacts;
}

/** What the name of a builder stands for now: its digest, or that of its index; at most one request.
 *  @throws {ToolError} BUILDER_NOT_FOUND, and what the store throws */
export async function findBuilderDigest({ name, reference, store }: NamedBuilder, ctx: Ctx): Promise<string> {
  const digest = isDigest(reference) ? reference : await store.resolve(reference, ctx);
  if (digest === undefined) throw notFound(name);
  return digest;
}

/** The builder of that digest for a platform; none of its layers is read.
 *  @throws {ToolError} BUILDER_NOT_FOUND, BUILDER_UNSUPPORTED, ARCHITECTURE_NOT_FOUND, MANIFEST_INVALID, and what the store throws */
export async function readBuilder(
  named: NamedBuilder,
  digest: string,
  platform: Platform,
  ctx: Ctx,
): Promise<PlatformBuilder> {
  const { image } = await readBuilderImage(named, digest, platform, ctx);
  const { Labels = {} } = image.config.config ?? {};
  return { platform, image, facts: readBuilderFacts(Labels, named.name) };
}

/** The same of a builder that need not be one of hibana's.
 *  @throws {ToolError} BUILDER_NOT_FOUND, BUILDER_UNSUPPORTED, ARCHITECTURE_NOT_FOUND, MANIFEST_INVALID, and what the store throws */
export async function readBuilderImage(
  { name, store }: NamedBuilder,
  digest: string,
  platform: Platform,
  ctx: Ctx,
): Promise<PlatformImage> {
  const image = await readImage({ store, reference: digest, platform, name }, ctx);
  if (image === undefined) throw notFound(name);
  checkNoApplication(image.config.config?.Labels ?? {}, name);
  return { platform, image };
}

/** What a plan needs of a builder. */
export interface Needs {
  readonly builder: string;
  readonly spark: string;
  /** A version, or an interpreter of this machine, which says nothing of an image. */
  readonly python: string | null;
}

/** Refuses a plan that these builders cannot carry out.
 *  @throws {ToolError} BUILDER_MISMATCH, naming both sides */
export function checkBuilders(
  name: string,
  builders: readonly PlatformBuilder[],
  { builder, spark, python }: Needs,
): void {
  for (const { facts, platform } of builders) {
    const who = `"${name}" for ${formatPlatform(platform)}`;
    if (facts.builder !== builder)
      throw mismatch(`a source for ${builder}`, `${who} is a builder for ${facts.builder}`);
    if (facts.spark !== spark) throw mismatch(`an application for Spark ${spark}`, `${who} has Spark ${facts.spark}`);
    if (python !== null && VERSION.test(python) && python !== facts.python) {
      throw mismatch(`an application for Python ${python}`, `${who} has Python ${facts.python}`);
    }
  }
}

const VERSION = /^\d+(\.\d+)*$/;

function mismatch(wanted: string, has: string): ToolError {
  return new ToolError('BUILDER_MISMATCH', `Cannot build ${wanted}: ${has}`);
}

function notFound(name: string): ToolError {
  return new ToolError('BUILDER_NOT_FOUND', `Cannot find the builder image "${name}"`, { details: { builder: name } });
}
