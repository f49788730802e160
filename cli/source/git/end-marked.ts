import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

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
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => hasMark(pid, mark)));
  return pids.filter((pid, index) => found[index] === true && pid !== process.pid);
}

/** A process of somebody else or one that has just ended cannot be read: not ours. */
async function hasMark(pid: number, mark: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').includes(mark);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime, which is what was wanted.
  }
}
