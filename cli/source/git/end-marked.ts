import { setTimeout as pause } from 'node:timers/promises';
import { listProcesses, startedWith } from '../../../runtime/platform/local/process-table.ts';

const TERM_FOR_MS = 1_000;
const KILL_FOR_MS = 3_000;
const POLL_MS = 20;

/** Ends every process whose environment has the entry `mark` (`NAME=value`): TERM, then KILL after a second. git itself leaves its
 *  transport helpers running when it is stopped. Only where there is /proc; elsewhere git's own signals have to do. Never rejects. */
export async function endMarked(mark: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < KILL_FOR_MS; waitedMs += POLL_MS) {
    const marked = await findMarked(mark);
    if (marked.length === 0) return;
    for (const pid of marked) send(pid, waitedMs < TERM_FOR_MS ? 'SIGTERM' : 'SIGKILL');
    await pause(POLL_MS);
  }
}

async function findMarked(mark: string): Promise<readonly number[]> {
  const pids = (await listProcesses()).map(({ pid }) => pid);
  const found = await Promise.all(pids.map((pid) => startedWith(pid, mark)));
  return pids.filter((pid, index) => found[index] === true && pid !== process.pid);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime, which is what was wanted.
  }
}
