import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jobEnvironment } from '../../../cli/run/job-environment.ts';
import type { Layout } from '../../../runtime/core/app.ts';
import { foldersFrom } from '../../../runtime/core/folders.ts';
import { DEFAULT_SPARK_SERIES, sparkSeriesOf } from '../../../runtime/core/spark-versions.ts';
import { realLayout } from '../../helpers/layout.ts';
import type { BenchOptions } from '../bench.ts';
import { type BenchRow, rowOf } from '../rows.ts';
import { runToEnd } from '../run-to-end.ts';
import { startMirror } from './mirror.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const PI = join(root, 'templates', 'apps', 'pi', 'app.py');
const SLICES = ['--slices', '2'];
const MS_PER_SECOND = 1_000;

/** From a machine with Java and Python, and no Spark, to Pi: by hibana, and by pip and spark-submit. The same mirror serves both. */
export async function firstRunBench({ rounds, signal, say }: BenchOptions): Promise<readonly BenchRow[]> {
  const { release } = sparkSeriesOf(DEFAULT_SPARK_SERIES);
  const layout = await realLayout(release);
  await using mirror = await startMirror(
    join(dirname(foldersFrom(process.env, homedir()).cache), 'hibana-bench', 'mirror'),
  );
  const measures = {
    ours: () => firstOfOurs(mirror.url, signal),
    rival: () => firstByPip(mirror.url, release, layout, signal),
  };
  say('fills the mirror: a round that is not counted');
  for (const measure of Object.values(measures)) await measure();
  const samples: Readonly<Record<keyof typeof measures, number[]>> = { ours: [], rival: [] };
  for (let round = 1; round <= rounds; round += 1) {
    const names = (['ours', 'rival'] as const).toSorted(() => (round % 2 === 1 ? 0 : -1));
    for (const name of names) samples[name].push((await measures[name]()) / MS_PER_SECOND);
    say(
      `round ${round} of ${rounds}: ours ${samples.ours.at(-1)?.toFixed(1)} s, pip ${samples.rival.at(-1)?.toFixed(1)} s`,
    );
  }
  const note = 'ours: 2 workers; rival: pip install pyspark, then spark-submit --master local[2]';
  return [rowOf({ case: 'first run ever', ...samples, unit: 's', target: 1.2, bound: 'ratio', rounds, note })];
}

async function firstOfOurs(index: string, signal: AbortSignal): Promise<number> {
  await using place = await makePlace();
  const env = { ...process.env, HIBANA_HOME: place.folder, CI: 'true' };
  const args = ['run', 'pi', '--index-url', index, '--', ...SLICES];
  const { elapsedMs } = await runToEnd({ file: join(root, 'hibana'), args, env }, signal);
  return elapsedMs;
}

async function firstByPip(index: string, release: string, layout: Layout, signal: AbortSignal): Promise<number> {
  await using place = await makePlace();
  const venv = join(place.folder, 'venv');
  const env = {
    ...jobEnvironment(process.env),
    // Its spark-submit asks the `python3` that comes first where it is itself.
    PATH: `${join(venv, 'bin')}:${process.env.PATH ?? ''}`,
    ...{ PIP_INDEX_URL: index, PIP_NO_CACHE_DIR: '1', PIP_CONFIG_FILE: '/dev/null', TMPDIR: place.folder },
    ...{ JAVA_HOME: layout.java, SPARK_LOCAL_IP: '127.0.0.1', SPARK_LOCAL_DIRS: place.folder },
  };
  const commands: readonly (readonly [string, ...string[]])[] = [
    [layout.python ?? 'python3', '-m', 'venv', venv],
    [join(venv, 'bin', 'pip'), 'install', '--quiet', `pyspark==${release}`],
    [join(venv, 'bin', 'spark-submit'), '--master', 'local[2]', PI, ...SLICES],
  ];
  let spentMs = 0;
  for (const [file, ...args] of commands)
    spentMs += (await runToEnd({ file, args, env, cwd: place.folder }, signal)).elapsedMs;
  return spentMs;
}

interface Place extends AsyncDisposable {
  readonly folder: string;
}

async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-bench-first-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}
