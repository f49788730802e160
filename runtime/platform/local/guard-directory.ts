import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaseFile } from '../../core/lease-directory.ts';
import type { Guards } from './guards.ts';
import { recordProcess } from './process-record.ts';

export interface GuardedDirectory {
  readonly leaseDirectory: string;
  /** Of the process for which the guards watch: this one. */
  readonly pid: number;
}

/** Makes the directory of a run. The guards come first, then what they guard: there is no moment in which nobody would delete it.
 *  `start` resolves when the guards watch, and calls its argument with the pid of each, then and later. A directory that cannot be made leaves no guard. */
export async function guardDirectory(
  { leaseDirectory, pid }: GuardedDirectory,
  start: (onStart: (pid: number) => Promise<void>) => Promise<Guards>,
): Promise<Guards> {
  const keepers = join(leaseDirectory, LeaseFile.keepers);
  const early: number[] = [];
  let isMade = false;
  const guards = await start(async (guard) => {
    if (isMade) await recordProcess(keepers, guard, 'guard');
    else early.push(guard);
  });
  try {
    await mkdir(join(leaseDirectory, LeaseFile.logs), { recursive: true, mode: 0o700 });
    await mkdir(join(leaseDirectory, LeaseFile.scratch), { mode: 0o700 });
    isMade = true;
    for (const keeper of [pid, ...early]) await recordProcess(keepers, keeper, 'keeper');
    return guards;
  } catch (error) {
    await rm(leaseDirectory, { recursive: true, force: true }).catch(() => {});
    await guards.release();
    throw error;
  }
}
