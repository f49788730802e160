import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessRecord } from './process-record.ts';
import { carriesMarker, listProcesses, type ProcessEntry } from './process-table.ts';

const DEADLINE_MS = 10_000;
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 200;
/** A scan is not atomic: a process that forks while we read may be seen in neither half. */
const EMPTY_SCANS_NEEDED = 2;

/** Kills every process of a run and resolves when none is left; gives those that would not go within ten seconds.
 *  A process belongs to the run when it carries the run's marker, is on record (pid and start time), or is in the session of one that is.
 *  Nothing else is ever signalled: a recorded pid that is somebody else's by now has another start time. */
export async function endProcesses(run: string, records: readonly ProcessRecord[]): Promise<readonly ProcessEntry[]> {
  const startedAt = performance.now();
  let pauseMs = FIRST_PAUSE_MS;
  let emptyScans = 0;
  for (;;) {
    const found = await findProcesses(run, records);
    emptyScans = found.length === 0 ? emptyScans + 1 : 0;
    if (emptyScans === EMPTY_SCANS_NEEDED || performance.now() - startedAt > DEADLINE_MS) return found;
    for (const { pid } of found) kill(pid);
    if (emptyScans === 0) {
      await pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    }
  }
}

/** The living processes of a run, the caller left out. */
export async function findProcesses(run: string, records: readonly ProcessRecord[]): Promise<readonly ProcessEntry[]> {
  const processes = await listProcesses();
  const leaders = new Set<number>();
  for (const record of records) {
    if (processes.some(({ pid, startTicks }) => pid === record.pid && startTicks === record.startTicks))
      leaders.add(record.pid);
  }
  const own = await Promise.all(
    processes.map(
      async (entry) => leaders.has(entry.pid) || leaders.has(entry.session) || (await carriesMarker(entry.pid, run)),
    ),
  );
  return processes.filter((entry, index) => own[index] === true && entry.pid !== globalThis.process.pid);
}

function kill(pid: number): void {
  try {
    globalThis.process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, which is what was wanted; one that we may not signal is found again and reported.
  }
}
