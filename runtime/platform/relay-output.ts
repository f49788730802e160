import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { LeaseFile } from '../core/lease-directory.ts';
import { type GreetingFilter, NO_FILTER } from './local/jvm-greeting.ts';
import { RotatingLog } from './rotating-log.ts';

export interface JobOutput {
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
}

export interface OutputReaders {
  readonly leaseDirectory: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Relays both streams to their readers and into the log files, which alone have the JVM's greeting; a reader that is slow slows the job, one that has gone does not.
 *  Resolves when both have ended and everything has been taken. */
export function relayOutput(from: JobOutput, readers: OutputReaders, greeting: GreetingFilter): Promise<unknown> {
  const logs = join(readers.leaseDirectory, LeaseFile.logs);
  return Promise.all(
    [
      { from: from.stdout, to: readers.stdout, log: 'driver.stdout.log', filter: NO_FILTER },
      { from: from.stderr, to: readers.stderr, log: 'driver.stderr.log', filter: greeting },
    ].map(async ({ from, to, log, filter }) => {
      // Nothing is awaited before the stream is read: what a process that has ended meanwhile had written would be thrown away.
      const file = new RotatingLog(join(logs, log));
      for await (const chunk of from) await Promise.all([file.write(chunk), put(to, filter.next(chunk))]);
      await put(to, filter.rest());
      await file.end();
    }),
  ).catch(() => {});
}

/** Resolves when the stream has taken the chunk, or is gone: a reader that left does not stop the job. */
function put(stream: Writable, chunk: Uint8Array): Promise<void> {
  if (!stream.writable || chunk.length === 0) return Promise.resolve();
  return new Promise((resolve) => stream.write(chunk, () => resolve()));
}
