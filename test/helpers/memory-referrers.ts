import type { Descriptor } from '../../cli/image/descriptor.ts';
import type { StoredManifest } from '../../cli/image/image-store.ts';
import { describeReferrer, type Referrers } from '../../cli/image/referrers.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import type { MemoryStore } from './memory-store.ts';

/** What is attached to the images of a MemoryStore. */
export class MemoryReferrers implements Referrers {
  readonly #store: MemoryStore;
  readonly #listed = new Map<string, Descriptor[]>();

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async put(referrer: StoredManifest, ctx: Ctx): Promise<Descriptor> {
    ctx.signal.throwIfAborted();
    const described = describeReferrer(referrer, 'memory');
    if (described === undefined) throw new Error('A referrer has a subject');
    await this.#store.putManifest(referrer, []);
    const { subject, listed } = described;
    const known = this.#listed.get(subject.digest) ?? [];
    if (!known.some(({ digest }) => digest === listed.digest)) this.#listed.set(subject.digest, [...known, listed]);
    return referrer.descriptor;
  }

  async list(digest: string, artifactType: string | null, ctx: Ctx): Promise<readonly Descriptor[]> {
    ctx.signal.throwIfAborted();
    const all = this.#listed.get(digest) ?? [];
    return all.filter((one) => artifactType === null || one.artifactType === artifactType);
  }
}
