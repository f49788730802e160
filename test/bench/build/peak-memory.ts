import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { processesOf } from '../../helpers/leftovers.ts';

const EVERY_MS = 100;
const KIBIBYTE = 1_024;

/** The most memory that the processes of a home have had together while `work` went on, in bytes: their proportional set sizes, in which what
 *  several share is divided among them. Source: proc(5), smaps_rollup. */
export async function peakMemoryOf(home: string, work: Promise<unknown>): Promise<number> {
  const state = { isDone: false };
  const done = work.finally(() => {
    state.isDone = true;
  });
  let peak = 0;
  while (!state.isDone) {
    const pids = (await processesOf(home)).map((line) => /^process (\d+)/.exec(line)?.[1] ?? '');
    const sizes = await Promise.all(pids.map(proportionalBytes));
    peak = Math.max(
      peak,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    await pause(EVERY_MS);
  }
  await done;
  return peak;
}

async function proportionalBytes(pid: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * KIBIBYTE;
}
