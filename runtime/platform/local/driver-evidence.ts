import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ToolError } from '../../core/errors.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { hasRegistered } from '../attach/driver-log.ts';

const POLL_MS = 500;
export const SPARK_LOG = 'driver.spark.log';
/** An application may have a log configuration of its own: then all is among what the job writes. */
const ALL_LOGS = [SPARK_LOG, 'driver.stderr.log', 'driver.stdout.log'];

/** Waits for why the master refuses the driver, by Spark's own log alone: what the job writes may speak of other refusals. `undefined` when
 *  the master has taken it, and when `signal` aborts. */
export async function awaitRefusal(
  leaseDirectory: string,
  explain: (log: string) => ToolError | undefined,
  signal: AbortSignal,
): Promise<ToolError | undefined> {
  while (!signal.aborted && !(await hasEvents(leaseDirectory))) {
    const log = await readLogs(leaseDirectory, [SPARK_LOG]);
    if (hasRegistered(log)) return undefined;
    const refusal = explain(log);
    if (refusal !== undefined) return refusal;
    await pause(POLL_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/** The master has given the application an id, whatever its log says: its events have a file of that name. */
export async function hasEvents(leaseDirectory: string): Promise<boolean> {
  const files = await readdir(join(leaseDirectory, LeaseFile.eventLog)).catch(() => []);
  return files.some((file) => APPLICATION.test(file));
}

export const APPLICATION = /app-\d+-\d+/;

/** All that the driver has written, as far as it is kept: Spark's log and the job's own. */
export async function readLogs(leaseDirectory: string, files: readonly string[] = ALL_LOGS): Promise<string> {
  const logs = join(leaseDirectory, LeaseFile.logs);
  const texts = await Promise.all(files.map((name) => readEnds(join(logs, name)).catch(() => '')));
  return texts.join('\n');
}

/** The beginning is where a driver registers; the end is where it fails. A job may write without end. */
async function readEnds(path: string): Promise<string> {
  // The job may have put anything in its place: no link is followed, no pipe waited for.
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const { size } = await file.stat();
  const at = async (position: number, length: number): Promise<string> => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.toString('utf8', 0, bytesRead);
  };
  if (size <= 2 * PART) return at(0, size);
  return `${await at(0, PART)}\n${await at(size - PART, PART)}`;
}

const PART = 512 * 1_024;
