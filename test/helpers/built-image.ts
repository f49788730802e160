import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { Parser } from 'tar';
import type { Descriptor } from '../../cli/image/descriptor.ts';
import type { ImageStore } from '../../cli/image/image-store.ts';
import { ownLayers } from '../../cli/image/own-layers.ts';
import { readImage, type StoredImage } from '../../cli/image/read-image.ts';
import { testCtx } from './ctx.ts';

/** An image that must be there. */
export async function imageAt(store: ImageStore, reference: string, architecture = 'amd64'): Promise<StoredImage> {
  const platform = { os: 'linux', architecture };
  const image = await readImage({ store, reference, platform, name: reference }, testCtx());
  if (image === undefined) throw new Error(`There is no image ${reference}`);
  return image;
}

/** The paths of the files of each of our layers, by its kind, with their texts where they are small. */
export async function filesOf(
  store: ImageStore,
  image: StoredImage,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const found: Record<string, Readonly<Record<string, string>>> = {};
  for (const { kind, descriptor } of ownLayers(image)) found[kind] = await filesIn(store, descriptor);
  return found;
}

const SMALL_BYTES = 100_000;

async function filesIn(store: ImageStore, descriptor: Descriptor): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  const parser = new Parser({
    onReadEntry: (entry) => {
      const chunks: Buffer[] = [];
      entry.on('data', (chunk: Buffer) => {
        if (entry.size <= SMALL_BYTES) chunks.push(chunk);
      });
      entry.on('end', () => {
        if (entry.type === 'File') files[entry.path] = Buffer.concat(chunks).toString();
      });
    },
  });
  const blob: Readable = await store.blob(descriptor, testCtx());
  await promisify(pipeline)(blob, createGunzip(), parser as unknown as NodeJS.WritableStream);
  return files;
}
