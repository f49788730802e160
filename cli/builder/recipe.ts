import type { Ctx } from '../../runtime/core/context.ts';
import type { ImageChanges } from '../image/append-layers.ts';
import type { Platform } from '../image/descriptor.ts';
import type { StoredImage } from '../image/read-image.ts';
import type { Libc } from '../packages/machine.ts';
import type { PackageSource, ToolchainDeps } from '../toolchain/deps.ts';
import type { Part } from './part.ts';
import type { BaseFacts } from './survey-base.ts';

/** What an image is composed of, for one kind of machine. */
export interface Recipe {
  /** The lowest first. */
  readonly parts: readonly Part[];
  readonly changes: ImageChanges;
}

export interface RecipeInput {
  readonly platform: Platform;
  /** What errors call the base. */
  readonly baseName: string;
  readonly base: StoredImage;
  readonly facts: BaseFacts;
  /** An exact release. */
  readonly spark: string;
  /** `3.12`: which of the base's; `null` takes the one that `python3` is. */
  readonly python: string | null;
  /** For a base that does not tell; `null` believes the base. */
  readonly libc: Libc | null;
  /** What it will be called by. */
  readonly tags: readonly string[];
}

export interface RecipeDeps {
  readonly toolchain: ToolchainDeps;
  readonly source: PackageSource;
  /** The folder of the package: has `dist`. */
  readonly root: string;
  /** Of this program. */
  readonly version: string;
}

/** An image that can be composed. */
export interface Composable {
  readonly name: string;
  /** For lists: what it is. */
  readonly summary: string;
  readonly defaultBase: string;
  /** Whether Spark and Python are in it, and can be chosen. */
  readonly hasSpark: boolean;
  /** @throws {ToolError} BASE_UNSUPPORTED, ARCHITECTURE_NOT_FOUND, and what the recipe's own tools throw */
  readonly recipe: (input: RecipeInput, deps: RecipeDeps, ctx: Ctx) => Promise<Recipe>;
}
