import { ToolError } from '../../runtime/core/errors.ts';
import { parseDuration } from '../../runtime/core/run-values.ts';
import { parseLogStream } from '../deploy/log-files.ts';
import { needName, needRun } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import { quietCtx } from '../deploy/quiet-ctx.ts';
import type { Run } from '../deploy/records.ts';
import { showLogs, type WriteLog } from '../deploy/show-logs.ts';
import type { DeploymentStore } from '../deploy/store.ts';
import { Interruption } from '../interruption.ts';
import { write } from '../report/write.ts';
import type { AppContext, CommandHandler } from './command.ts';
import type { definition } from './logs.ts';

/** What the job wrote to standard output goes there, and the rest to standard error; with `--output json` all goes to the latter. Ctrl-C ends the
 *  looking on and not the run. */
export const logsCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  const deployments = openDeployments(app);
  const stream = parseLogStream(options.stream);
  const lines = options.tail === undefined ? null : parseLines(options.tail);
  const sinceMs = options.since === undefined ? null : app.now() - parseDuration(options.since, '--since');
  await needName(deployments.store, { name, verb: 'show the logs of', platform: options.platform });
  const run = await chooseRun(deployments.store, name, options);
  const stop = new AbortController();
  using _signals = app.onSignal((signal) => stop.abort(new Interruption(signal)));
  const wanted = { run, stream, follow: options.follow, lines, sinceMs };
  const ctx = { ...quietCtx(app), signal: stop.signal };
  const hasLogs = await showLogs(wanted, writerFor(app), deployments, ctx);
  if (!hasLogs) {
    throw new ToolError(
      'RUN_NOT_FOUND',
      `Cannot show "${options.stream}" of the run "${run.run}": it has written nothing`,
      {
        hint: 'Name another stream with --stream, or another run with --run; the logs of old runs are deleted',
      },
    );
  }
  await app.writeResult({ data: { application: name, run: run.run, stream: options.stream } });
  return 0;
};

function writerFor({ global, stdout, stderr }: AppContext): WriteLog {
  return (to, chunk) => write(to === 'stdout' && global.output === 'text' ? stdout : stderr, chunk);
}

async function chooseRun(
  store: DeploymentStore,
  name: string,
  { run: id, previous }: { readonly run?: string | undefined; readonly previous: boolean },
): Promise<Run> {
  if (id !== undefined) return needRun(store, name, id);
  let skip = previous ? 1 : 0;
  for await (const run of store.runs(name)) {
    if (skip === 0) return run;
    skip -= 1;
  }
  throw new ToolError(
    'RUN_NOT_FOUND',
    `Cannot show the logs of "${name}": it has no ${previous ? 'run before' : 'run'}`,
    {
      hint: `Run "hibana runs ${name}" to see its runs`,
    },
  );
}

function parseLines(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ToolError('USAGE', `Cannot take --tail "${text}": it is not a number of lines`);
}
