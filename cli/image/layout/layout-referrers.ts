import { writingTo } from '../../../runtime/platform/file-errors.ts';
import type { Descriptor } from '../descriptor.ts';
import type { ImageIndex } from '../manifest.ts';
import { describeReferrer, type Referrers } from '../referrers.ts';
import { changeIndex, type LayoutPlace } from './change-index.ts';
import { REF_NAME, readIndex } from './layout-index.ts';
import { createLayoutStore } from './layout-store.ts';

/** What is attached to the images of a layout: entries of its index without a tag, as oras and others find them. */
export function createLayoutReferrers(place: LayoutPlace): Referrers {
  const { folder } = place;
  const store = createLayoutStore(place);
  return {
    put: async (referrer, ctx) => {
      const described = describeReferrer(referrer, folder);
      if (described === undefined) throw new Error(`A referrer has a subject: ${referrer.descriptor.digest}`);
      await store.putManifest(referrer, [], ctx);
      await writingTo(folder, 'attach to an image', () =>
        changeIndex(place, (index) => withReferrer(index, described.listed), ctx),
      );
      return referrer.descriptor;
    },
    list: async (digest, artifactType, ctx) => {
      ctx.signal.throwIfAborted();
      const { manifests } = await readIndex(folder);
      const untagged = manifests.filter(({ annotations }) => annotations?.[REF_NAME] === undefined);
      const read = untagged.map(async (one) => {
        const stored = await store.manifest(one.digest, ctx);
        const described = stored && describeReferrer(stored, `${folder}@${one.digest}`);
        return described?.subject.digest === digest ? [described.listed] : [];
      });
      const found = (await Promise.all(read)).flat();
      return found.filter((one) => artifactType === null || one.artifactType === artifactType);
    },
  };
}

function withReferrer(index: ImageIndex, listed: Descriptor): ImageIndex {
  if (index.manifests.some(({ digest }) => digest === listed.digest)) return index;
  return { ...index, manifests: [...index.manifests, listed] };
}
