import type { OutputStream } from './reporter.ts';

/** Writes and resolves when the stream can take more; a reader that went away counts as having taken it. */
export function write(stream: OutputStream, data: string | Uint8Array): Promise<void> {
  if (!stream.writable) return Promise.resolve();
  return new Promise((resolve) => {
    stream.write(data, () => resolve());
  });
}
