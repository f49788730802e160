import { constants } from 'node:fs';
import { open, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../core/errors.ts';

/** What launcher and driver say to each other: `templates/kubernetes/driver.sh` has the other half. */
export const LEASE_NAMES = { script: 'driver.sh', go: 'go', failed: 'failed', stop: 'stop', status: 'status' } as const;

/** The status of the driver, when its script has written it down; never where that cannot be watched, or the signal has aborted. */
export async function untilWritten(lease: string, signal: AbortSignal): Promise<number> {
  const read = async (): Promise<number | undefined> => {
    const text = await readWord(join(lease, LEASE_NAMES.status)).catch(() => '');
    return /^\d+\n$/.test(text) ? Number(text) : undefined;
  };
  try {
    const changes = watch(lease, { signal });
    const first = await read();
    if (first !== undefined) return first;
    for await (const _ of changes) {
      const status = await read();
      if (status !== undefined) return status;
    }
  } catch (error) {
    // A node has only so many watches for all of its containers: then the kubelet says it, a second later.
    if (!signal.aborted && systemCode(error) === undefined) throw error;
  }
  return new Promise(() => {});
}

/** Longer than a status. */
const WORD_BYTES = 16;
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The job may have put anything there: a link is not followed, a pipe not waited for, a file without end not read to its end. */
async function readWord(path: string): Promise<string> {
  await using file = await open(path, READ_FLAGS);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(WORD_BYTES), 0, WORD_BYTES);
  return buffer.toString('utf8', 0, bytesRead);
}
