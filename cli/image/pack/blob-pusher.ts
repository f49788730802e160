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

  /** Resolves when all that was begun is there, with how it came; after a failure rejects when nothing runs any more. */
  async settle(): Promise<ReadonlyMap<string, BlobArrival>> {
    const digests = [...this.#arrivals.keys()];
    const settled = await Promise.allSettled(this.#arrivals.values());
    if (settled.some(({ status }) => status === 'rejected')) throw this.#stop.signal.reason;
    if (this.#sent > 0) this.#progress.finish(this.#sent);
    const arrivals = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    return new Map(arrivals.map((arrival, at) => [digests[at] ?? '', arrival]));
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
    return { ...blob, open: async (ctx) => counted(await blob.open(ctx), count) };
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
