import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isFree } from '../../runtime/platform/local/ports.ts';
import type { Home } from './cli.ts';

/** What may stay of a run that has ended: its logs and what it came to. */
const KEPT = new Set(['logs', 'eventlog', 'events.ndjson', 'outcome.json']);

const PATIENCE_MS = 5_000;

/** Everything of the runs in `home` that is still there, in words: processes, ports, folders. Waits for at most `withinMs`,
 *  by default 5 s; as many times longer as there is more to run than processors. */
export async function leftovers(
  home: Home,
  ports: readonly number[] = [],
  withinMs = PATIENCE_MS * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism()),
): Promise<readonly string[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = [
      ...(await processesOf(home.path)),
      ...(await openPorts(ports)),
      ...(await folders(home.stateFolder)),
    ];
    if (found.length === 0 || Date.now() > deadline) return found;
    await pause(100);
  }
}

/** Processes that name the home in their command line or environment: all of ours do, and what a job forks inherits it. */
export async function processesOf(path: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const [command, environment] = [await read('cmdline'), await read('environ')];
      const isOurs = command.includes(path) || environment.includes(path);
      return isOurs ? [`process ${pid}: ${command.replaceAll('\0', ' ').slice(0, 200)}`] : [];
    }),
  );
  return found.flat();
}

async function openPorts(ports: readonly number[]): Promise<readonly string[]> {
  const free = await Promise.all(ports.map((port) => isFree(port)));
  return ports.filter((_, index) => free[index] === false).map((port) => `port ${port}`);
}

async function folders(stateFolder: string): Promise<readonly string[]> {
  const list = (path: string): Promise<readonly string[]> => readdir(path).catch(() => []);
  const clusters = (await list(join(stateFolder, 'clusters'))).map((name) => `cluster folder ${name}`);
  const runs = await Promise.all(
    (await list(join(stateFolder, 'runs'))).map(async (run) =>
      (await list(join(stateFolder, 'runs', run))).filter((name) => !KEPT.has(name)).map((name) => `${run}/${name}`),
    ),
  );
  return [...clusters, ...runs.flat()];
}
