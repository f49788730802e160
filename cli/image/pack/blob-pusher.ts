import { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { type ByteProgress, createByteProgress } from '../../packages/progress.ts';
import type { BlobArrival, BlobSource, ImageStore } from '../image-store.ts';

/** At once; more would only share the same network. */
const PARALLEL = 4;

/** Brings blobs to a store, a few side by side, each once. The first that fails ends the others by `stop`. */
export class BlobPusher {
  readonly #destination: ImageStore;
  readonly #ctx: Ctx;
  readonly #stop: AbortController;
  readonly #arrivals = new Map<string, Promise<BlobArrival>>();
  readonly #waiting: (() => void)[] = [];
  readonly #progress: ByteProgress;
  readonly #opened = new Set<string>();
  #running = 0;
  #sent = 0;

  constructor(destination: ImageStore, stop: AbortController, ctx: Ctx) {
    this.#destination = destination;
    this.#stop = stop;
    this.#ctx = ctx;
    this.#progress = createByteProgress('uploads layers', 'push', ctx);
  }

  /** Begins; `settle` says how it ended. */
  put(blob: BlobSource): void {
    const { digest } = blob.descriptor;
    if (this.#arrivals.has(digest)) return;
    const arrival = this.#bring(blob);
    arrival.catch((error: unknown) => this.#stop.abort(error));
    this.#arrivals.set(digest, arrival);
  }

  /** Resolves when all that was begun is there; after a failure rejects when nothing runs any more. */
  async settle(): Promise<void> {
    const settled = await Promise.allSettled(this.#arrivals.values());
    if (settled.some(({ status }) => status === 'rejected')) throw this.#stop.signal.reason;
    if (this.#sent > 0) this.#progress.finish(this.#sent);
  }

  /** How each blob came, of those that were not known to be there. A store that takes blobs only with the manifest may have had them all the
   *  same: what nobody read was there. */
  async arrivals(): Promise<ReadonlyMap<string, BlobArrival>> {
    const entries = [...this.#arrivals].map(async ([digest, coming]) => {
      const arrival = await coming;
      return [digest, arrival === 'uploaded' && !this.#opened.has(digest) ? 'present' : arrival] as const;
    });
    return new Map(await Promise.all(entries));
  }

  async #bring(blob: BlobSource): Promise<BlobArrival> {
    if (this.#running >= PARALLEL) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      this.#ctx.signal.throwIfAborted();
      return await this.#destination.putBlob(this.#counted(blob), this.#ctx);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  #counted(blob: BlobSource): BlobSource {
    const count = (bytes: number) => {
      this.#sent += bytes;
      this.#progress.report(this.#sent);
    };
    const open: BlobSource['open'] = async (ctx) => {
      this.#opened.add(blob.descriptor.digest);
      return counted(await blob.open(ctx), count);
    };
    return { ...blob, open, markSent: () => void this.#opened.add(blob.descriptor.digest) };
  }
}

function counted(source: Readable, count: (bytes: number) => void): Readable {
  const stream = Readable.from(counting(source, count), { objectMode: false });
  // Also when nobody has read a byte of it.
  return stream.once('close', () => source.destroy());
}

async function* counting(source: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    count(chunk.length);
    yield chunk;
  }
}
