/** `npm run bench -- NAME [--output FILE] [--rounds N] [--quick]`: side by side with what a user would pick instead. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { buildBench } from './build/build-bench.ts';
import { dockerBench } from './docker/docker-bench.ts';
import { firstRunBench } from './first-run/first-run-bench.ts';
import { launchBench } from './launch/launch-bench.ts';
import { tableOf } from './rows.ts';
import { sqlBench } from './sql/sql-bench.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  launch: launchBench,
  build: buildBench,
  docker: dockerBench,
  sql: sqlBench,
  'first-run': firstRunBench,
};
const DEFAULT_ROUNDS = '5';
const INTERRUPTED = 130;

/** Ends with 2 for a wrong command line, with 1 when something could not be run, with 130 when it was stopped; never because of a figure. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      output: { type: 'string' },
      rounds: { type: 'string', default: DEFAULT_ROUNDS },
      quick: { type: 'boolean', default: false },
    },
  });
  const [name = ''] = positionals;
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  const rounds = values.quick ? 1 : Number(values.rounds);
  if (bench === undefined || !Number.isInteger(rounds) || rounds < 1) {
    console.error(
      bench === undefined ? `Cannot run the bench "${name}": there is` : 'Cannot use --rounds: it is 1 or more',
    );
    if (bench === undefined) for (const known of Object.keys(BENCHES)) console.error(`  ${known}`);
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(signal)));
  const options = { rounds, signal: stop.signal, say: (line: string): void => console.error(line) };
  const rows = await bench(options).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  if (rows === undefined) return INTERRUPTED;
  console.log(tableOf(rows));
  if (values.output !== undefined)
    await writeFile(values.output, `${JSON.stringify({ bench: name, rows }, null, 2)}\n`);
  return 0;
}

process.exitCode = await main();
