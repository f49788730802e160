import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import { isDigest } from '../../../runtime/core/image-ref.ts';
import { writingTo } from '../../../runtime/platform/file-errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { digestOf } from '../digest.ts';
import type { BlobArrival, BlobSource, ImageStore, StoredManifest } from '../image-store.ts';
import { parseJson } from '../json.ts';
import { parseManifest } from '../manifest.ts';
import { verifiedStream } from '../verified-stream.ts';
import { changeIndex, type LayoutPlace } from './change-index.ts';
import { findTag, readIndex, withTags } from './layout-index.ts';
import { blobPath, LAYOUT_FILE, makeLayout, writeBlob } from './write-blob.ts';

/** An OCI image layout: a folder that skopeo, umoci, podman and others read. It is made by the first write; what is there stays. Every file appears
 *  whole, by rename, and two writers at once lose nothing of each other's: the index changes under a lock.
 *  Its methods: @throws {ToolError} TARGET_EXISTS for a folder of something else, MANIFEST_INVALID, MANIFEST_UNSUPPORTED (another version of
 *  the format), DIGEST_MISMATCH, DISK_FULL, FOLDER_READ_ONLY, LOCK_TIMEOUT
 *  Source: OCI image-spec, image-layout.md. */
export function createLayoutStore({ folder, pid }: LayoutPlace): ImageStore {
  const writing = <T>(work: () => Promise<T>) => writingTo(folder, 'write an image', work, OTHER_FOLDER);
  return {
    manifest: async (reference, ctx) => {
      ctx.signal.throwIfAborted();
      const digest = await resolve(folder, reference);
      return digest === undefined ? undefined : readManifest(folder, digest);
    },
    resolve: async (reference, ctx) => {
      ctx.signal.throwIfAborted();
      const digest = await resolve(folder, reference);
      return digest !== undefined && (await sizeOf(folder, digest)) !== undefined ? digest : undefined;
    },
    blob: async (descriptor) => openBlob(folder, descriptor),
    putBlob: (blob, ctx) => writing(() => putBlob(folder, blob, ctx)),
    putManifest: (manifest, tags, ctx) => writing(() => putManifest({ folder, pid }, manifest, tags, ctx)),
  };
}

async function resolve(folder: string, reference: string): Promise<string | undefined> {
  await checkVersion(folder);
  return isDigest(reference) ? reference : findTag(await readIndex(folder), reference)?.digest;
}

async function readManifest(folder: string, digest: string): Promise<StoredManifest | undefined> {
  const size = await sizeOf(folder, digest);
  if (size === undefined) return undefined;
  const bytes = await readFile(blobPath(folder, digest));
  if (digestOf(bytes) !== digest) {
    throw new ToolError('DIGEST_MISMATCH', `Cannot use ${digest} in "${folder}": it has other bytes`, {
      hint: 'Make or fetch the image again',
    });
  }
  const parsed = parseManifest({ descriptor: { mediaType: '', digest, size }, bytes }, `${folder}@${digest}`);
  const { mediaType } = parsed.kind === 'index' ? parsed.index : parsed.manifest;
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

async function openBlob(folder: string, descriptor: Descriptor): Promise<Readable> {
  if ((await sizeOf(folder, descriptor.digest)) === undefined) {
    throw new ToolError('MANIFEST_INVALID', `Cannot use the image in "${folder}": ${descriptor.digest} is missing`, {
      hint: 'Make or fetch the image again',
    });
  }
  return verifiedStream(createReadStream(blobPath(folder, descriptor.digest)), descriptor, folder);
}

async function putBlob(folder: string, blob: BlobSource, ctx: Ctx): Promise<BlobArrival> {
  ctx.signal.throwIfAborted();
  const { digest, size } = blob.descriptor;
  // A file of another size is what a power cut has left.
  if ((await sizeOf(folder, digest)) === size) return 'present';
  await makeLayout(folder);
  await writeBlob(folder, blob, ctx);
  return 'uploaded';
}

async function putManifest(
  place: LayoutPlace,
  { descriptor, bytes }: StoredManifest,
  tags: readonly string[],
  ctx: Ctx,
): Promise<Descriptor> {
  await putBlob(place.folder, { descriptor, open: async () => Readable.from([Buffer.from(bytes)]) }, ctx);
  if (tags.length > 0) await changeIndex(place, (index) => withTags(index, descriptor, tags), ctx);
  return descriptor;
}

const OTHER_FOLDER = 'Name a folder you may write to with --to oci:DIR';
const SUPPORTED_VERSION = /^1\./;

async function checkVersion(folder: string): Promise<void> {
  const bytes = await readFile(join(folder, LAYOUT_FILE)).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (bytes === undefined) return;
  const value = parseJson(bytes);
  const version = value instanceof Object && 'imageLayoutVersion' in value ? value.imageLayoutVersion : undefined;
  if (typeof version === 'string' && SUPPORTED_VERSION.test(version)) return;
  throw new ToolError(
    'MANIFEST_UNSUPPORTED',
    `Cannot read the image in "${folder}": its layout has version ${version}`,
    {
      hint: 'Name a folder in the layout of version 1',
    },
  );
}

async function sizeOf(folder: string, digest: string): Promise<number | undefined> {
  return stat(blobPath(folder, digest)).then(
    ({ size }) => size,
    (error: unknown) => {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
      throw error;
    },
  );
}
