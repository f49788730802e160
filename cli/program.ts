import { originalError, ToolError } from '../runtime/core/errors.ts';
import { ExitCode } from '../runtime/core/exit-codes.ts';
import { createApp } from './app.ts';
import { helpText } from './command-line/help.ts';
import { outputAskedFor, parseCommandLine } from './command-line/parse.ts';
import type { Command, Edges } from './commands/command.ts';
import { COMMANDS, EXAMPLES, GROUPS } from './commands/index.ts';
import { Interruption } from './interruption.ts';
import { errorText } from './report/error-text.ts';
import { type ResultSink, resultSink } from './report/result-sink.ts';
import { write } from './report/write.ts';

/** Runs one command line and resolves with the exit status. Never rejects: what went wrong is told on stderr and in the document. */
export async function runProgram(
  argv: readonly string[],
  edges: Edges,
  commands: readonly Command[] = COMMANDS,
): Promise<number> {
  const result = resultSink(outputAskedFor(argv), edges.stdout);
  try {
    return await run(argv, edges, commands, result);
  } catch (error) {
    await write(edges.stderr, errorText(error, argv.includes('--debug')));
    await result.fail(error);
    return statusOf(error);
  }
}

async function run(
  argv: readonly string[],
  edges: Edges,
  commands: readonly Command[],
  result: ResultSink,
): Promise<number> {
  if (argv[0] === '__complete') {
    const { printCompletions } = await import('./command-line/print-completions.ts');
    return printCompletions(argv.slice(1), commands, edges);
  }
  const input = { commands, groups: GROUPS, examples: EXAMPLES };
  if (argv.length === 0) {
    await write(edges.stderr, `${helpText(null, input)}\n`);
    return ExitCode.usage;
  }
  const line = parseCommandLine(argv, commands);
  if (line.kind !== 'command') {
    await write(edges.stdout, `${line.kind === 'version' ? edges.version : helpText(line.of, input)}\n`);
    return ExitCode.ok;
  }
  result.begin(line.command.definition.name);
  const status = await line.command.run(line.args, createApp(line.global, edges, result));
  await result.end(status);
  return status;
}

function statusOf(thrown: unknown): number {
  const error = originalError(thrown);
  return error instanceof ToolError || error instanceof Interruption ? error.exitCode : ExitCode.internal;
}
