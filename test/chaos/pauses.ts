import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { findProcess } from '../../runtime/platform/local/process-table.ts';
import { processesOf } from '../helpers/leftovers.ts';
import { findTargets, type Target } from './targets.ts';

export interface Run {
  readonly home: string;
  readonly cli: number;
}

const POLL_MS = 20;

/** Waits until the run has a process of this kind. */
export async function untilThere(target: Target, run: Run): Promise<void> {
  while (!(await findTargets(run.home, run.cli)).has(target)) await pause(POLL_MS);
}

/** Waits until an executor of the run writes this; the paths of its logs are those of Spark's workers. */
export async function untilExecutorSays(text: string, { home }: Run): Promise<void> {
  for (;;) {
    const files = (await readdir(home, { recursive: true })).filter((path) => /\/app-[^/]+\/\d+\/stderr$/.test(path));
    const logs = await Promise.all(files.map((path) => readFile(join(home, path), 'utf8').catch(() => '')));
    if (logs.some((log) => log.includes(text))) return;
    await pause(POLL_MS);
  }
}

/** Stops every process of these kinds for so long, and then continues them. */
export async function pauseTargets(targets: readonly Target[], ms: number, run: Run): Promise<void> {
  const found = await findTargets(run.home, run.cli);
  const pids = targets.flatMap((target) => found.get(target) ?? []);
  signalAll(pids, 'SIGSTOP');
  await pause(ms);
  signalAll(pids, 'SIGCONT');
}

/** What a laptop does that is closed: stops all that the run has, those too that are started meanwhile, and continues it at once. */
export async function pauseEverything(ms: number, run: Run): Promise<void> {
  const stopped = new Set<number>();
  for (let awake = await running(run, stopped); awake.length > 0; awake = await running(run, stopped)) {
    signalAll(awake, 'SIGSTOP');
    for (const pid of awake) stopped.add(pid);
  }
  await pause(ms);
  signalAll([...stopped], 'SIGCONT');
}

async function running({ home, cli }: Run, stopped: ReadonlySet<number>): Promise<readonly number[]> {
  const ours = (await processesOf(home)).map((line) => Number(/^process (\d+)/.exec(line)?.[1]));
  const found = await Promise.all([...new Set([cli, ...ours])].map((pid) => findProcess(pid)));
  return found.flatMap((entry) => (entry && entry.state !== 'T' && !stopped.has(entry.pid) ? [entry.pid] : []));
}

function signalAll(pids: readonly number[], signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}
