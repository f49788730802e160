import type { ImageStore } from '../image/image-store.ts';
import type { Destination } from './destination.ts';

/** A store that can be read, and whose writes are only said to have been done: for saying what would be. What a registry has in another repository it
 *  would mount, all else that nothing says to be there it would get. A daemon's own store knows more: it is opened dry. */
export function dryStore(store: ImageStore, destination: Destination): ImageStore {
  if (destination.kind === 'daemon') return store;
  const registry = destination.kind === 'registry' ? destination.ref.registry : null;
  return {
    manifest: (reference, ctx) => store.manifest(reference, ctx),
    blob: (descriptor, ctx) => store.blob(descriptor, ctx),
    resolve: (reference, ctx) => store.resolve(reference, ctx),
    putBlob: async (blob) => {
      if (blob.mountFrom !== undefined && blob.mountFrom.registry === registry) return 'mounted';
      blob.markSent?.();
      return 'uploaded';
    },
    putManifest: async ({ descriptor }) => descriptor,
  };
}
