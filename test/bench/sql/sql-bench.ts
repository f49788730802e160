import { join } from 'node:path';
import { DEFAULT_SPARK_SERIES, sparkSeriesOf } from '../../../runtime/core/spark-versions.ts';
import { makeHome } from '../../helpers/cli.ts';
import { realLayout } from '../../helpers/layout.ts';
import type { BenchOptions } from '../bench.ts';
import { runOnStockCluster, type StockJob } from '../launch/stock-cluster.ts';
import { stockSpark } from '../launch/stock-spark.ts';
import { type BenchRow, rowOf } from '../rows.ts';
import { runToEnd } from '../run-to-end.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const OUTPUT = 'sql-minute: ';
/** What a stock worker of 1 GiB has for its executor. */
const STOCK_HEAP = '1g';
/** Of ours: the rest of 1408 MiB is for what is not heap. */
const WORKER_MEMORY = '1408m';

/** What fast starts cost a job that runs for a minute: the seconds that the job itself counts once its executors are there. */
export async function sqlBench({ rounds, signal, say }: BenchOptions): Promise<readonly BenchRow[]> {
  await using home = await makeHome();
  const { release } = sparkSeriesOf(DEFAULT_SPARK_SERIES);
  const layout = await realLayout(release);
  const spark = await stockSpark(release, layout.python ?? 'python3', signal);
  const job: StockJob = { layout, spark, program: [join(import.meta.dirname, 'app.py')], output: OUTPUT };
  const { HIBANA_HOME: _own, ...inherited } = process.env;
  const env = { ...inherited, ...home.env, CI: 'true' };
  const args = ['run', import.meta.dirname, '--app-file', 'app.py', '--worker-memory', WORKER_MEMORY];
  const [ours, rival]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round += 1) {
    const measures = [
      async () => void ours.push(secondsOf((await runToEnd({ file: join(root, 'hibana'), args, env }, signal)).stdout)),
      async () => void rival.push(secondsOf((await runOnStockCluster(job, signal)).stdout)),
    ];
    for (const measure of round % 2 === 1 ? measures : measures.toReversed()) await measure();
    say(`round ${round} of ${rounds}: ours ${ours.at(-1)} s, stock cluster ${rival.at(-1)} s`);
  }
  const note = `the job's own seconds, executors of 1 core and ${STOCK_HEAP} of heap`;
  return [
    rowOf({ case: 'SQL of a minute, 2 workers', ours, rival, unit: 's', target: 1.03, bound: 'ratio', rounds, note }),
  ];
}

function secondsOf(stdout: string): number {
  const seconds = Number(stdout.split(OUTPUT)[1]?.trim());
  if (!stdout.startsWith(OUTPUT) || Number.isNaN(seconds)) throw new Error(`the job did not run: ${stdout}`);
  return seconds;
}
