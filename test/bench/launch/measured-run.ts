import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LeaseFile } from '../../../runtime/core/lease-directory.ts';
import { findProcesses } from '../../../runtime/platform/local/end-processes.ts';
import { readProcessRecords } from '../../../runtime/platform/local/process-record.ts';
import { isRunning } from '../../../runtime/platform/local/process-table.ts';
import { makeHome } from '../../helpers/cli.ts';
import { type BenchCommand, runToEnd } from '../run-to-end.ts';
import { residentMebibytes } from './memory.ts';

export interface MeasuredRun {
  readonly wholeMs: number;
  /** From the driver's end to no process of the run and no folder of its cluster, to within one look at the process table. */
  readonly goneMs: number;
  /** The most that was seen while the run lived. */
  readonly launcherMebibytes: number;
  /** The larger of the guards. */
  readonly guardMebibytes: number;
}

const LOOK_MS = 5;
const MEMORY_EVERY_MS = 100;

/** One `hibana run` in a home of its own, watched from outside by /proc. */
export async function measureRun(command: BenchCommand, signal: AbortSignal): Promise<MeasuredRun> {
  await using home = await makeHome();
  const over = new AbortController();
  const watched = watchRun(home.stateFolder, AbortSignal.any([signal, over.signal]));
  watched.catch(() => {});
  const { elapsedMs, stdout } = await runToEnd({ ...command, env: { ...command.env, ...home.env } }, signal).finally(
    () => over.abort(new Error('the run ended before its driver was seen to end')),
  );
  if (!stdout.startsWith('Pi is roughly 3.')) throw new Error(`hibana did not run the job: ${stdout}`);
  return { wholeMs: elapsedMs, ...(await watched) };
}

async function watchRun(stateFolder: string, over: AbortSignal): Promise<Omit<MeasuredRun, 'wholeMs'>> {
  const run = await untilFound(() => onlyRun(stateFolder), over);
  const leaseDirectory = join(stateFolder, 'runs', run);
  const records = join(leaseDirectory, LeaseFile.processes);
  const driver = await untilFound(
    async () => (await readProcessRecords(records)).find(({ role }) => role === 'driver'),
    over,
  );
  const memory = { launcher: 0, guard: 0 };
  let measuredAt = 0;
  while (await isRunning(driver)) {
    over.throwIfAborted();
    if (performance.now() - measuredAt > MEMORY_EVERY_MS) {
      measuredAt = performance.now();
      const [launcher = 0, ...guards] = await keepersMemory(leaseDirectory);
      memory.launcher = Math.max(memory.launcher, launcher);
      memory.guard = Math.max(memory.guard, ...guards);
    }
    await pause(LOOK_MS);
  }
  const endedAt = performance.now();
  const known = await readProcessRecords(records);
  // The command may end first: what it leaves behind is still waited for.
  while ((await findProcesses(run, known)).length > 0 || (await hasClusterFolder(stateFolder, run)))
    await pause(LOOK_MS);
  return { goneMs: performance.now() - endedAt, launcherMebibytes: memory.launcher, guardMebibytes: memory.guard };
}

/** The launcher's memory, then that of each guard: the order in which they are on record. */
async function keepersMemory(leaseDirectory: string): Promise<readonly number[]> {
  const keepers = await readProcessRecords(join(leaseDirectory, LeaseFile.keepers));
  return Promise.all(keepers.map(async ({ pid }) => (await residentMebibytes(pid)) ?? 0));
}

async function onlyRun(stateFolder: string): Promise<string | undefined> {
  const [run] = await readdir(join(stateFolder, 'runs')).catch(() => []);
  return run;
}

async function hasClusterFolder(stateFolder: string, name: string): Promise<boolean> {
  return (await stat(join(stateFolder, 'clusters', name)).catch(() => undefined)) !== undefined;
}

async function untilFound<T>(find: () => Promise<T | undefined>, over: AbortSignal): Promise<T> {
  for (;;) {
    over.throwIfAborted();
    const found = await find();
    if (found !== undefined) return found;
    await pause(MEMORY_EVERY_MS / 2);
  }
}
