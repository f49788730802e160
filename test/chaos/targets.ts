import { readdir, readFile } from 'node:fs/promises';
import { findProcess } from '../../runtime/platform/local/process-table.ts';

export const TARGETS = [
  'cli',
  'launcher',
  'guard',
  'driver',
  'python',
  'grandchild',
  'master',
  'worker',
  'executor',
] as const;
export type Target = (typeof TARGETS)[number];

/** What a command line says about whose process it is. The CLI is known by its pid. */
const SIGNS: readonly (readonly [Exclude<Target, 'cli' | 'python' | 'grandchild'>, RegExp])[] = [
  ['launcher', /launcher\/main\.mjs launch /],
  ['guard', /hibana-guard /],
  ['driver', /deploy\.SparkSubmit /],
  ['master', /deploy\.master\.Master /],
  ['worker', /deploy\.worker\.Worker /],
  ['executor', /CoarseGrainedExecutorBackend /],
];

/** The living processes of the run in `home`, by what they are. */
export async function findTargets(home: string, cli: number): Promise<ReadonlyMap<Target, readonly number[]>> {
  const found = new Map<Target, number[]>([['cli', [cli]]]);
  const add = (target: Target, pid: number): void => void found.set(target, [...(found.get(target) ?? []), pid]);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const rest: { pid: number; command: string; parent: number }[] = [];
  for (const pid of pids) {
    const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const command = (await read('cmdline')).replaceAll('\0', ' ');
    if (pid === cli || !(command.includes(home) || (await read('environ')).includes(home))) continue;
    const target = SIGNS.find(([, sign]) => sign.test(command))?.[0];
    if (target !== undefined) add(target, pid);
    else rest.push({ pid, command, parent: (await findProcess(pid))?.parent ?? 0 });
  }
  for (const { pid, command, parent } of rest) {
    if (command.startsWith('sleep 600')) add('grandchild', pid);
    else if (found.get('driver')?.includes(parent) && command.includes('python')) add('python', pid);
  }
  return found;
}
