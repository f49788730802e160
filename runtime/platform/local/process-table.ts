import { readdirSync, readFileSync } from 'node:fs';

/** A process as the kernel knows it: a pid alone may be somebody else's by now, with its start time it is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot. Source: proc_pid_stat(5), field 22. */
  readonly startTicks: number;
}

export interface ProcessEntry extends ProcessIdentity {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly state: string;
}

/** The marker: every process of a run carries its id in its environment, whatever it forks, and whoever adopts its children. */
export const RUN_VARIABLE = 'HIBANA_RUN';

/** `undefined` when there is no such process (zombies included: they hold nothing). */
export async function findProcess(pid: number): Promise<ProcessEntry | undefined> {
  return readEntry(pid);
}

function readEntry(pid: number): ProcessEntry | undefined {
  const text = readNow(pid, 'stat');
  const entry = text === undefined ? undefined : parseStat(text);
  return entry?.state === 'Z' || entry?.state === 'X' ? undefined : entry;
}

export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await findProcess(identity.pid))?.startTicks === identity.startTicks;
}

/** Every process of this machine that is not a zombie. */
export async function listProcesses(): Promise<readonly ProcessEntry[]> {
  const names = listNow();
  const entries = names.filter((name) => /^\d+$/.test(name)).map((name) => readEntry(Number(name)));
  return entries.filter((entry) => entry !== undefined);
}

function listNow(): readonly string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

/** At once: the kernel answers from memory, and a scan of hundreds of processes that way takes milliseconds. By Node's thread pool it takes seven
 *  times as long, and the processes have changed meanwhile. */
function readNow(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether the process was started with `HIBANA_RUN=<run>`; false for processes that we may not look into. */
export function carriesMarker(pid: number, run: string): Promise<boolean> {
  return startedWith(pid, `${RUN_VARIABLE}=${run}`);
}

/** Whether the environment that the process was started with has `entry` (`NAME=value`). */
export async function startedWith(pid: number, entry: string): Promise<boolean> {
  const environment = readNow(pid, 'environ') ?? '';
  return `\0${environment}\0`.includes(`\0${entry}\0`);
}

/** Source: proc_pid_stat(5). The name, in parentheses, may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessEntry | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const pid = Number.parseInt(text, 10);
  const [state = '', parent, group, session] = fields;
  const startTicks = Number(fields[19]);
  if (!Number.isInteger(pid) || !Number.isInteger(startTicks)) return undefined;
  return { pid, startTicks, state, parent: Number(parent), group: Number(group), session: Number(session) };
}
