import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clusterFolder, readDescription } from '../../runtime/platform/local/cluster-folder.ts';
import { makeHome, startCli } from '../helpers/cli.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { allowedStatuses, isHarmless, type KillSignal, type Shot } from './expectations.ts';
import { findTargets, type Target } from './targets.ts';

export interface RoundResult {
  readonly atMs: number;
  readonly shots: readonly Shot[];
  readonly status: number | null;
  /** Empty in a good round. */
  readonly faults: readonly string[];
  readonly stderr: string;
}

export interface RoundOptions {
  readonly source: string;
  /** How long a run takes that nobody shoots at. */
  readonly spanMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

const SIGNALS: readonly KillSignal[] = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'];
const JOB_MS = 3_000;
/** Of the whole run, on a machine that is busy with other rounds. */
const END_DEADLINE_MS = 300_000;

/** One run, one or two shots at a random moment, and then: is the status right, and is anything left five seconds later? */
export async function playRound({ source, spanMs, random }: RoundOptions): Promise<RoundResult> {
  await using home = await makeHome();
  const cli = startCli(['run', source, '--', '--stay-seconds', String(JOB_MS / 1_000)], home);
  const startedAt = Date.now();
  // Most of a run is its start: half of the shots wait until there are executors, a Python child and a grandchild to hit.
  if (random() < 0.5) await Promise.race([pause(random() * spanMs), cli.ended]);
  else
    await cli.saw('long-job: ready').then(
      () => pause(random() * JOB_MS),
      () => {},
    );
  const atMs = Date.now() - startedAt;
  const targets = await findTargets(home.path, cli.pid);
  const ports = await clusterPorts(home.stateFolder);
  const shots = cli.child.exitCode === null ? shoot(targets, random) : [];
  const end = await Promise.race([cli.ended, pause(END_DEADLINE_MS).then(() => null)]);
  if (end === null) cli.child.kill('SIGKILL');
  const left = await leftovers(home, ports);
  const faults = [...left];
  const status = end?.status ?? null;
  if (end === null) faults.push('the run did not end');
  else if (!allowedStatuses(shots).has(status)) faults.push(`status ${status}`);
  else if (isHarmless(shots) && status !== 0) faults.push(`a good job ended with ${status}`);
  return {
    atMs,
    shots,
    status,
    faults,
    stderr: faults.length > 0 ? `${end?.stderr}\n${await logs(home.stateFolder)}` : '',
  };
}

function shoot(targets: ReadonlyMap<Target, readonly number[]>, random: () => number): readonly Shot[] {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const count = random() < 0.5 ? 1 : 2;
  const shots: Shot[] = [];
  for (let number = 0; number < count; number += 1) {
    const target = pick([...targets.keys()]);
    const pid = target === undefined ? undefined : pick(targets.get(target) ?? []);
    const signal = pick(SIGNALS);
    if (target === undefined || pid === undefined || signal === undefined) continue;
    try {
      process.kill(pid, signal);
      shots.push({ target, signal });
    } catch {
      // It ended in between: a shot that hit nothing.
    }
  }
  return shots;
}

export async function clusterPorts(stateFolder: string): Promise<readonly number[]> {
  const names = await readdir(join(stateFolder, 'clusters')).catch(() => []);
  const found = await Promise.all(names.map((name) => readDescription(clusterFolder(stateFolder, name))));
  const urls = found.flatMap((description) => [description?.master, description?.webUi]);
  return urls.flatMap((url) => (url == null ? [] : [Number(new URL(url).port || url.split(':').at(-1))]));
}

export async function logs(stateFolder: string): Promise<string> {
  const runs = await readdir(join(stateFolder, 'runs')).catch(() => []);
  const texts = runs.map((run) => readFile(join(stateFolder, 'runs', run, 'events.ndjson'), 'utf8').catch(() => ''));
  return (await Promise.all(texts)).join('\n').slice(-4_000);
}
