import type { ImageStore } from '../image/image-store.ts';

/** A store that can be read, and whose writes are only said to have been done: for saying what would be. */
export function dryStore(store: ImageStore): ImageStore {
  return {
    manifest: (reference, ctx) => store.manifest(reference, ctx),
    blob: (descriptor, ctx) => store.blob(descriptor, ctx),
    resolve: (reference, ctx) => store.resolve(reference, ctx),
    putBlob: async () => 'uploaded',
    putManifest: async ({ descriptor }) => descriptor,
  };
}
