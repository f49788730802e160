import type { GlobalOptions } from '../command-line/global-options.ts';
import type { Edges } from '../commands/command.ts';
import { chooseReporter, usesColor } from './choose-reporter.ts';
import { createReporter } from './create-reporter.ts';
import type { Reporter } from './reporter.ts';

/** The reporter that the options, the terminal and the environment ask for. */
export async function chooseAndCreate(global: GlobalOptions, edges: Edges, run?: string): Promise<Reporter> {
  const { stdout, stderr, outputIsShared, env, now, every } = edges;
  const { output, quiet, plain, verbose } = global;
  const kind = chooseReporter({ output, quiet, plain, stderrIsTty: stderr.isTTY === true, env });
  const color = usesColor({ noColor: global['no-color'], isTty: stderr.isTTY === true, env });
  return createReporter(kind, {
    stdout,
    stderr,
    outputIsShared,
    now,
    every,
    color,
    verbose,
    ...(run === undefined ? {} : { run }),
  });
}
