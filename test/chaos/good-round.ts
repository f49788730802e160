import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type CliProcess, type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { type Disturbance, makeDisturbance } from './disturbance.ts';
import type { Run } from './pauses.ts';
import { clusterPorts, logs } from './round.ts';

export interface GoodRound {
  readonly source: string;
  /** How long the job stays, in seconds; it must be longer than what is done to it. */
  readonly staySeconds: number;
  /** Where it runs: by default on a cluster of its own. */
  readonly on?: 'own' | 'shared' | 'local';
  /** Whether the run is to have processes whose clock and files can be disturbed. */
  readonly isDisturbed?: boolean;
  /** What happens to the run meanwhile. */
  readonly happens: (
    run: Run & { readonly ready: Promise<void>; readonly disturb: Disturbance['set'] },
  ) => Promise<void>;
}

/** Beyond what the job stays: for a start and an end on a busy machine. */
const MARGIN_MS = 240_000;

const SHARED = 'team';
const CHOICES = { own: [], shared: ['--cluster', SHARED], local: ['--cluster', 'local[2]'] } as const;

/** One run to which something happens that is no reason to end it. Gives what is wrong, in words: empty when the job came to its own
 *  end with 0 on the executors that it began with, and nothing is left five seconds later. */
export async function playGoodRound(round: GoodRound): Promise<readonly string[]> {
  await using home = await makeHome();
  const disturbance = round.isDisturbed === true ? await makeDisturbance(home.path) : null;
  const options = disturbance === null ? {} : { env: disturbance.env };
  const on = round.on ?? 'own';
  if (on === 'shared') await runCli(['cluster', 'create', SHARED], home);
  const cli = startCli(
    ['run', round.source, ...CHOICES[on], '--', '--stay-seconds', String(round.staySeconds)],
    home,
    options,
  );
  const ready = cli.saw('long-job: ready');
  const ports = ready.then(
    () => clusterPorts(home.stateFolder),
    () => [],
  );
  const disturb: Disturbance['set'] = (disturbed) => disturbance?.set(disturbed);
  const happening = round.happens({ home: home.path, cli: cli.pid, ready, disturb });
  const happened = happening.then(() => null).catch((error: unknown) => `what was to happen did not: ${error}`);
  const end = await Promise.race([cli.ended, pause(round.staySeconds * 1_000 + MARGIN_MS, null, { ref: false })]);
  if (end === null) cli.child.kill('SIGKILL');
  const deleted = on === 'shared' ? (await runCli(['cluster', 'delete', SHARED], home)).status : 0;
  const faults = [
    ...(end?.status === 0 && end.stdout.includes('long-job: done') ? [] : [await describe(cli, home)]),
    ...(deleted === 0 ? [] : ['the shared cluster was in use, or not there, when the job had ended']),
    ...(await replacedExecutors(home.stateFolder)),
    ...(await leftovers(home, await ports)),
  ];
  const missed = end === null ? null : await happened;
  return missed === null ? faults : [...faults, missed];
}

async function describe({ child, stdout, stderr }: CliProcess, home: Home): Promise<string> {
  return `status ${child.exitCode}, stdout ${stdout()}, stderr ${stderr()}\n${await logs(home.stateFolder)}`;
}

const EXECUTORS = 2;

/** Spark numbers executors from 0 on: a higher one came in the place of another, and what that one had in memory is lost. */
async function replacedExecutors(stateFolder: string): Promise<readonly string[]> {
  const runs = join(stateFolder, 'runs');
  const names = await readdir(runs, { recursive: true }).catch(() => []);
  const executors = names.flatMap((name) => {
    const id = /\.app-\d+-\d+\.(\d+)\.stderr$/.exec(name)?.[1];
    return id === undefined ? [] : [{ id: Number(id), file: join(runs, name) }];
  });
  if (!executors.some(({ id }) => id >= EXECUTORS)) return [];
  return Promise.all(
    executors.map(async ({ id, file }) => {
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      return `one of the executors was replaced; executor ${id} wrote last:\n${lines.slice(-LAST_LINES).join('\n')}`;
    }),
  );
}

const LAST_LINES = 20;
