import { join } from 'node:path';
import { DEFAULT_SPARK_SERIES, sparkSeriesOf } from '../../../runtime/core/spark-versions.ts';
import { makeHome } from '../../helpers/cli.ts';
import { realLayout } from '../../helpers/layout.ts';
import type { BenchOptions } from '../bench.ts';
import { type BenchRow, rowOf, type Samples } from '../rows.ts';
import { type BenchCommand, runToEnd } from '../run-to-end.ts';
import { makeManyFiles } from './many-files.ts';
import { measureRun } from './measured-run.ts';
import { bareNodeMebibytes } from './memory.ts';
import { runInOneJvm, runOnStockCluster, type StockJob } from './stock-cluster.ts';
import { stockSpark } from './stock-spark.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const wrapper = join(root, 'hibana');
const cli = join(root, 'dist', 'cli', 'main.mjs');

const SLICES = ['--slices', '2'];
const FILES = 1_000;
/** Programs of a few hundredths of a second are run this often in each round, one after the other in turn. */
const STARTS_PER_ROUND = 5;
const MS_PER_SECOND = 1_000;

/** What it costs to launch: a run beside the stock ways, the end of a cluster, the start of the program, the launcher's memory. */
export async function launchBench({ rounds, signal, say }: BenchOptions): Promise<readonly BenchRow[]> {
  await using home = await makeHome();
  await using files = await makeManyFiles(FILES);
  const { HIBANA_HOME: _own, ...inherited } = process.env;
  const env = { ...inherited, ...home.env, CI: 'true' };
  const run: BenchCommand = { file: wrapper, args: ['run', 'pi', '--', ...SLICES], env, cwd: root };
  say('warms the caches: one run that is not counted');
  await runToEnd(run, signal);
  const { release } = sparkSeriesOf(DEFAULT_SPARK_SERIES);
  const layout = await realLayout(release);
  say('installs the stock Spark with pip, where it is not there yet');
  const spark = await stockSpark(release, layout.python ?? 'python3', signal);
  const pi = join(root, 'templates', 'apps', 'pi', 'app.py');
  const job: StockJob = { layout, spark, program: [pi, ...SLICES], output: 'Pi is roughly 3.' };
  const local: BenchCommand = {
    ...run,
    args: ['run', 'pi', '--cluster', 'local[2]', '--', ...SLICES],
  };
  const starts: Readonly<Record<StartName, BenchCommand>> = {
    node: { file: node, args: ['-e', '0'], env },
    help: { file: node, args: [cli, '--help'], env },
    helpByWrapper: { file: wrapper, args: ['--help'], env },
    plan: { file: node, args: [cli, 'plan', files.path], env },
  };
  for (const command of Object.values(starts)) await runToEnd(command, signal);

  const samples = emptySamples();
  for (let round = 1; round <= rounds; round += 1) {
    const measures = [
      () => measureOurs(run, samples, signal),
      () => measureStock(job, samples, signal),
      async () => void samples.oneJvm.push((await runInOneJvm(job, signal)) / MS_PER_SECOND),
      async () => void samples.local.push((await runToEnd(local, signal)).elapsedMs / MS_PER_SECOND),
      () => measureStarts(starts, samples, signal),
    ];
    // Whoever is second finds a machine that somebody else has just used: they take turns.
    for (const measure of round % 2 === 1 ? measures : measures.toReversed()) await measure();
    samples.bareNode.push(await bareNodeMebibytes(node));
    const { ours, stock, oneJvm, local: inside } = samples;
    const [mine, theirs, one, own] = [ours, stock, oneJvm, inside].map((list) => list.at(-1)?.toFixed(2));
    say(`round ${round} of ${rounds}: ours ${mine} s, stock ${theirs} s, local[2] ${one} s, ours in local[2] ${own} s`);
  }
  return rowsOf(samples, rounds);
}

type StartName = 'node' | 'help' | 'helpByWrapper' | 'plan';

const SAMPLES = [
  ...(['ours', 'stock', 'oneJvm', 'local', 'gone', 'stockGone'] as const),
  ...(['node', 'help', 'helpByWrapper', 'plan', 'launcher', 'guard', 'bareNode'] as const),
] as const;

type AllSamples = Readonly<Record<(typeof SAMPLES)[number], number[]>>;

function emptySamples(): AllSamples {
  return Object.fromEntries(SAMPLES.map((name): [string, number[]] => [name, []])) as AllSamples; // every name is there
}

async function measureOurs(run: BenchCommand, samples: AllSamples, signal: AbortSignal): Promise<void> {
  const { wholeMs, goneMs, launcherMebibytes, guardMebibytes } = await measureRun(run, signal);
  samples.ours.push(wholeMs / MS_PER_SECOND);
  samples.gone.push(goneMs);
  samples.launcher.push(launcherMebibytes);
  samples.guard.push(guardMebibytes);
}

async function measureStock(job: StockJob, samples: AllSamples, signal: AbortSignal): Promise<void> {
  const { wholeMs, goneMs } = await runOnStockCluster(job, signal);
  samples.stock.push(wholeMs / MS_PER_SECOND);
  samples.stockGone.push(goneMs);
}

async function measureStarts(
  starts: Readonly<Record<StartName, BenchCommand>>,
  samples: AllSamples,
  signal: AbortSignal,
): Promise<void> {
  for (let turn = 0; turn < STARTS_PER_ROUND; turn += 1) {
    const { elapsedMs: bare } = await runToEnd(starts.node, signal);
    samples.node.push(bare);
    for (const name of ['help', 'helpByWrapper', 'plan'] as const) {
      samples[name].push((await runToEnd(starts[name], signal)).elapsedMs - bare);
    }
  }
}

function rowsOf(samples: AllSamples, rounds: number): readonly BenchRow[] {
  const beyond = "ours: beyond node's own start; rival: node -e 0";
  const rows: readonly Omit<Samples, 'rounds'>[] = [
    {
      case: 'run pi, 2 workers, beside a stock cluster',
      ours: samples.ours,
      rival: samples.stock,
      unit: 's',
      target: 0.42,
      bound: 'ratio',
      note: 'whole command',
    },
    {
      case: 'run pi, 2 workers, beside local[2]',
      ours: samples.ours,
      rival: samples.oneJvm,
      unit: 's',
      target: 1.1,
      bound: 'ratio',
      note: 'the same runs of ours',
    },
    {
      case: 'run pi --cluster local[2], beside local[2]',
      ours: samples.local,
      rival: samples.oneJvm,
      unit: 's',
      target: 0.65,
      bound: 'ratio',
      note: 'whole command',
    },
    {
      case: 'end of the driver to cluster gone',
      ours: samples.gone,
      rival: samples.stockGone,
      unit: 'ms',
      target: 500,
      note: 'rival: SIGTERM to the stock master and workers',
    },
    {
      case: '--help',
      ours: samples.help,
      rival: samples.node,
      unit: 'ms',
      target: 150,
      note: beyond,
    },
    {
      case: '--help, by the wrapper',
      ours: samples.helpByWrapper,
      rival: samples.node,
      unit: 'ms',
      target: null,
      note: `${beyond}; in a checkout it looks for newer sources`,
    },
    {
      case: `plan of ${FILES} files`,
      ours: samples.plan,
      rival: samples.node,
      unit: 'ms',
      target: 400,
      note: beyond,
    },
    {
      case: 'memory of the launcher',
      ours: samples.launcher,
      rival: samples.bareNode,
      unit: 'MiB',
      target: 64,
      note: 'resident, the most seen while the job ran; rival: an idle node',
    },
    {
      case: 'memory of a guard',
      ours: samples.guard,
      rival: samples.bareNode,
      unit: 'MiB',
      target: null,
      note: 'resident, the larger of the two',
    },
  ];
  return rows.map((row) => rowOf({ ...row, rounds }));
}
