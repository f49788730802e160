import { resolve } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { formatImageRef, type ImageRef, isTag, parseImageRef } from '../../runtime/core/image-ref.ts';
import { parseLayoutRef } from '../image/layout/layout-ref.ts';

/** Where an image goes. */
export type Destination = {
  /** The first is the image's own, and the one that is compared with. */
  readonly tags: readonly string[];
} & (
  | { readonly kind: 'registry'; readonly ref: ImageRef }
  /** An OCI layout. */
  | { readonly kind: 'layout'; readonly folder: string }
  /** A Docker daemon. */
  | { readonly kind: 'daemon'; readonly ref: ImageRef }
);

export interface DestinationFlags {
  readonly image?: string | undefined;
  readonly push: boolean;
  readonly load: boolean;
  /** `oci:DIR[:TAG]` */
  readonly to?: string | undefined;
  readonly tag: readonly string[];
}

/** Where the flags of a build want it.
 *  @throws {ToolError} USAGE, IMAGE_NAME_INVALID */
export function parseDestination(flags: DestinationFlags, cwd: string): Destination {
  const asked = [flags.push && '--push', flags.load && '--load', flags.to !== undefined && '--to'].filter(Boolean);
  if (asked.length > 1) {
    throw new ToolError('USAGE', `Cannot use ${asked.join(' and ')} together: an image goes to one place`, {
      hint: 'Build it once more for the other place: what is made already is used again',
    });
  }
  const more = parseTags(flags.tag);
  if (flags.to !== undefined) return layout(flags.to, more, cwd);
  if (flags.image === undefined) {
    throw new ToolError('USAGE', 'Cannot build an image without a name', {
      hint: 'Name it with --image registry.example/team/app:v1, or write it to a folder with --to oci:DIR',
    });
  }
  const ref = parseImageRef(flags.image);
  if (ref.digest !== null) {
    throw new ToolError('USAGE', `Cannot build "${flags.image}": a digest is known only when the image is made`, {
      hint: 'Name it with a tag, or without one',
    });
  }
  return { kind: flags.load ? 'daemon' : 'registry', ref, tags: [...new Set([ref.tag ?? DEFAULT_TAG, ...more])] };
}

/** Refuses several platforms for a place that takes one.
 *  @throws {ToolError} USAGE */
export function checkPlatforms({ kind }: Destination, platforms: readonly unknown[]): void {
  if (kind !== 'daemon' || platforms.length === 1) return;
  throw new ToolError('USAGE', 'Cannot give a Docker daemon an image for several architectures', {
    hint: 'Name one with --arch, or push the image to a registry',
  });
}

/** The image at a place, by its digest: `registry.example/team/app@sha256:…`, `oci:out@sha256:…`. A daemon knows it by its tag alone. */
export function formatBuilt(destination: Destination, digest: string): string {
  if (destination.kind === 'daemon') return formatTagged(destination, destination.tags[0] ?? DEFAULT_TAG);
  if (destination.kind === 'layout') return `oci:${destination.folder}@${digest}`;
  return formatImageRef({ ...destination.ref, tag: null, digest });
}

/** The same by a tag. */
export function formatTagged(destination: Destination, tag: string): string {
  if (destination.kind === 'layout') return `oci:${destination.folder}:${tag}`;
  return formatImageRef({ ...destination.ref, tag });
}

/** Tags that somebody names.
 *  @throws {ToolError} IMAGE_NAME_INVALID */
export function parseTags(texts: readonly string[]): readonly string[] {
  return texts.map(checkTag);
}

const DEFAULT_TAG = 'latest';

function layout(text: string, more: readonly string[], cwd: string): Destination {
  const ref = parseLayoutRef(text);
  if (ref === undefined) {
    throw new ToolError('USAGE', `Cannot write an image to "${text}"`, { hint: 'Write --to oci:DIR or oci:DIR:TAG' });
  }
  const tags = [...new Set([ref.tag ?? DEFAULT_TAG, ...more])];
  return { kind: 'layout', folder: resolve(cwd, ref.folder), tags };
}

function checkTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw new ToolError('IMAGE_NAME_INVALID', `Cannot use "${tag}" as a tag`, {
    hint: 'Make a tag of at most 128 letters, digits, "_", "." and "-", beginning with none of the last two',
  });
}
