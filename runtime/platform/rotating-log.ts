import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import { LOG_LIMIT_BYTES } from '../core/log4j.ts';
import { createLogMarks } from './local/log-marks.ts';

/** What the older part of a log is called, and its marks. */
export function olderLog(path: string): string {
  return `${path}.1`;
}

/** A log that does not grow without end: when it has become too large it is put aside, in place of what was put aside before, and a new one begun.
 *  A full disk loses logs, and never the job. */
export class RotatingLog {
  readonly #path: string;
  readonly #limitBytes: number;
  #size: number;
  #file: WriteStream;
  #marks: ReturnType<typeof createLogMarks>;

  /** Appends to a file that is there. */
  constructor(path: string, limitBytes = LOG_LIMIT_BYTES) {
    this.#path = path;
    this.#limitBytes = limitBytes;
    this.#size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.#file = open(path);
    this.#marks = createLogMarks(path, this.#size);
  }

  /** Resolves when the chunk is written, or lost. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#size > 0 && this.#size + chunk.length > this.#limitBytes) await this.#putAside();
    this.#marks.before(chunk.length);
    this.#size += chunk.length;
    if (this.#file.writable) await new Promise<void>((resolve) => this.#file.write(chunk, () => resolve()));
  }

  async end(): Promise<void> {
    await new Promise<void>((resolve) => this.#file.end(() => resolve()));
  }

  async #putAside(): Promise<void> {
    await this.end();
    for (const path of [this.#path, `${this.#path}.times`]) {
      try {
        renameSync(path, path === this.#path ? olderLog(path) : `${olderLog(this.#path)}.times`);
      } catch {
        // It goes on growing: a log that is too long is better than none.
      }
    }
    this.#size = 0;
    this.#file = open(this.#path);
    this.#marks = createLogMarks(this.#path, 0);
  }
}

function open(path: string): WriteStream {
  return createWriteStream(path, { flags: 'a', mode: 0o600 }).on('error', () => {});
}
