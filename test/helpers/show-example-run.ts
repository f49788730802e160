/** Plays the example run on this terminal, to look at a reporter: `node test/helpers/show-example-run.ts [kind] [times faster]`. */
import { setTimeout as pause } from 'node:timers/promises';
import { createReporter } from '../../cli/report/create-reporter.ts';
import type { ReporterKind } from '../../cli/report/reporter.ts';
import { EXAMPLE_RUN, exampleOutcome } from './example-run.ts';

const KINDS: readonly ReporterKind[] = ['ink', 'lines', 'json', 'ndjson', 'quiet'];

async function main([kindText, speedText]: readonly string[]): Promise<void> {
  const kind = KINDS.find((known) => known === kindText) ?? 'lines';
  const speed = Number(speedText ?? 10);
  const reporter = await createReporter(kind, {
    stdout: process.stdout,
    stderr: process.stderr,
    outputIsShared: true,
    now: Date.now,
    every: (intervalMs, tick) => {
      const timer = setInterval(tick, intervalMs);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
    color: process.stderr.isTTY,
    verbose: false,
    run: 'pi-261121095512-x3f9',
  });
  for (const happening of EXAMPLE_RUN) {
    if ('pauseMs' in happening) await pause(happening.pauseMs / speed);
    else if ('event' in happening) reporter.emit(happening.event);
    else await reporter.output(happening.job, new TextEncoder().encode(happening.text));
  }
  await reporter.close({
    outcome: exampleOutcome(),
    lastLines: ['Traceback (most recent call last):', 'SystemExit: 3'],
    lastLinesFrom: 'stdout',
  });
}

await main(process.argv.slice(2));
