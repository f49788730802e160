import type { Ctx } from '../../../runtime/core/context.ts';
import type { ImageRef } from '../../../runtime/core/image-ref.ts';
import type { Descriptor } from '../descriptor.ts';
import type { ImageStore, StoredManifest } from '../image-store.ts';
import { openBlob } from './blob-stream.ts';
import { pushManifest, readManifest, resolveManifest } from './manifests.ts';
import { pushBlob } from './push-blob.ts';
import type { RetryTimes } from './read-all.ts';
import { createRepository, type RepositoryOptions } from './repository.ts';
import type { Session } from './session.ts';

export interface RegistryStoreOptions extends RepositoryOptions {
  readonly ref: Pick<ImageRef, 'repository'>;
}

export interface RegistryStoreDeps {
  readonly session: Session;
  readonly times: RetryTimes;
}

/** One repository of a registry, as a place for images. Nothing is asked before the first call. */
export function createRegistryStore(
  { ref, ...options }: RegistryStoreOptions,
  { session, times }: RegistryStoreDeps,
): ImageStore {
  const repository = createRepository(session, ref.repository, options);
  const unmountable = new Set<string>();
  const manifest = (reference: string, ctx: Ctx) => readManifest(repository, reference, times, ctx);
  return {
    manifest,
    blob: (descriptor, ctx) => openBlob(repository, descriptor, times, ctx),
    putBlob: (blob, ctx) => pushBlob(blob, { repository, times, unmountable }, ctx),
    putManifest: async (stored: StoredManifest, tags: readonly string[], ctx: Ctx): Promise<Descriptor> => {
      // One request a tag: registries take several in one, say 201 and forget all but the digest.
      for (const reference of tags.length === 0 ? [stored.descriptor.digest] : tags) {
        await pushManifest(repository, stored, reference, ctx);
      }
      return stored.descriptor;
    },
    resolve: async (reference, ctx) => {
      const digest = await resolveManifest(repository, reference, ctx);
      return digest === null ? (await manifest(reference, ctx))?.descriptor.digest : digest;
    },
  };
}
