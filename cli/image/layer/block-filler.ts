/** The size of the blocks in which an archive is made, hashed and compressed. Part of the digest of every layer: compression starts anew at it. */
export const BLOCK_BYTES = 2 ** 20;

/** Blocks that are used again and again, so that a layer of a gigabyte needs no more memory than one of ten megabytes. */
export class BlockPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  give(block: Buffer): void {
    this.#free.push(block);
  }
}

/** Takes a block that is full, or the last. It owns it and gives it back to the pool, or keeps it; while it resolves nothing more is read. */
export type BlockSink = (block: Buffer, bytes: number) => Promise<void>;

/** Fills blocks, one after the other, and hands each over when it is full. */
export class BlockFiller {
  readonly #sink: BlockSink;
  readonly #pool: BlockPool;
  #block: Buffer;
  #used = 0;

  constructor(pool: BlockPool, sink: BlockSink) {
    this.#pool = pool;
    this.#sink = sink;
    this.#block = pool.take();
  }

  /** The block that is being filled; what is written at `used` and after it counts once `advance` is told. A view of the rest would be an object
   *  for each file. */
  get block(): Buffer {
    return this.#block;
  }

  get used(): number {
    return this.#used;
  }

  /** Never 0. */
  get left(): number {
    return BLOCK_BYTES - this.#used;
  }

  /** Resolves when there is room again: at once, and without a promise, while the block is not full. */
  advance(bytes: number): Promise<void> | undefined {
    this.#used += bytes;
    return this.#used === BLOCK_BYTES ? this.#handOver() : undefined;
  }

  async put(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.left);
      this.#block.set(part, this.#used);
      at += part.length;
      await this.advance(part.length);
    }
  }

  async putZeros(count: number): Promise<void> {
    for (let missing = count; missing > 0; ) {
      const part = Math.min(missing, this.left);
      this.#block.fill(0, this.#used, this.#used + part);
      missing -= part;
      await this.advance(part);
    }
  }

  async finish(): Promise<void> {
    if (this.#used > 0) await this.#handOver();
  }

  async #handOver(): Promise<void> {
    const [block, used] = [this.#block, this.#used];
    this.#used = 0;
    this.#block = this.#pool.take();
    await this.#sink(block, used);
  }
}
