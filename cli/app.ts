import type { GlobalOptions } from './command-line/global-options.ts';
import type { AppContext, Edges } from './commands/command.ts';
import { deferReporter } from './report/defer-reporter.ts';
import type { ResultSink } from './report/result-sink.ts';

/** What a command gets: the edges, the options of every command, a reporter when it wants one, and the place for its result. */
export function createApp(global: GlobalOptions, edges: Edges, result: ResultSink): AppContext {
  return {
    ...edges,
    global,
    createReporter: (run) =>
      deferReporter(async () => (await import('./report/choose-and-create.ts')).chooseAndCreate(global, edges, run)),
    writeResult: (value) => result.write(value),
  };
}
