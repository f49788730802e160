import { open } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1_024;

/** Reads what is appended to a file, from `offset` on; one that is not there yet is empty. */
export class FileTail {
  /** The file may be moved while it is read. */
  path: string;
  /** Which file it is; another one that has its name by now is not read. Default whichever has it. */
  inode: number | null = null;
  #offset: number;
  #hasRead = false;

  constructor(path: string, offset = 0) {
    this.path = path;
    this.#offset = offset;
  }

  /** Whether there has been a file. */
  get hasRead(): boolean {
    return this.#hasRead;
  }

  /** What has come since the last call; ends when the file does for now. */
  async *read(): AsyncIterable<Uint8Array> {
    const file = await open(this.path).catch(() => undefined);
    if (file === undefined) return;
    try {
      if (this.inode !== null && (await file.stat()).ino !== this.inode) return;
      this.#hasRead = true;
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
}

/** Whole lines of what a tail reads; half a one waits for its rest. */
export class LineTail {
  readonly #tail: FileTail;
  #rest = Buffer.alloc(0);

  constructor(tail: FileTail) {
    this.#tail = tail;
  }

  async *read(): AsyncIterable<string> {
    for await (const chunk of this.#tail.read()) {
      const text = Buffer.concat([this.#rest, chunk]);
      const end = text.lastIndexOf('\n') + 1;
      this.#rest = text.subarray(end);
      if (end > 0)
        yield* text
          .subarray(0, end - 1)
          .toString('utf8')
          .split('\n');
    }
  }
}
