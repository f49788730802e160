import type { Readable } from 'node:stream';
import type { ErrorDocument } from '../../runtime/core/errors.ts';
import type { GlobalOptions } from '../command-line/global-options.ts';
import type { OptionTable, OptionValues, PositionalTable, PositionalValues } from '../command-line/options.ts';
import type { OutputStream, Reporter } from '../report/reporter.ts';

/** A command that the program knows: its definition is light and always loaded, its handler only when it is run. */
export interface Command {
  readonly definition: CommandDefinition;
  /** Loads the handler and runs it. @throws {ToolError} what the handler throws */
  run(args: ParsedArgs, app: AppContext): Promise<number>;
}

/** What help, completion, parsing and the README's tables are made from. Plain data: importing it must load nothing else. */
export interface CommandDefinition {
  /** One word, or two for a command of a group: `run`, `cluster list`. */
  readonly name: string;
  /** One line for the list of commands: imperative, no period. */
  readonly summary: string;
  readonly examples: readonly Example[];
  /** In the order in which they are given. */
  readonly positionals: PositionalTable;
  readonly options: OptionTable;
  /** What the arguments after `--` are, for help: `the application's arguments`. Absent: there are none to give. */
  readonly rest?: string;
}

export interface Example {
  /** Without `hibana`: `run pi --workers 4`. */
  readonly line: string;
  readonly what: string;
}

/** Arguments as the definition says they are: every option by its own name, in kebab-case. */
export interface CommandArgs<D extends CommandDefinition> {
  readonly positionals: PositionalValues<D['positionals']>;
  readonly options: OptionValues<D['options']>;
  /** Everything after `--`, untouched. */
  readonly rest: readonly string[];
}

/** The same before their definition is known to the type checker. */
export type ParsedArgs = CommandArgs<CommandDefinition>;

/** Runs a command; resolves with the exit status. A ToolError it throws becomes text (or the document) and its own status. */
export type CommandHandler<D extends CommandDefinition> = (args: CommandArgs<D>, app: AppContext) => Promise<number>;

/** Ties a definition to the handler that `load` imports: `defineCommand(definition, async () => (await import('./run-handler.ts')).run)`.
 *  The definition is a constant of its own (`as const satisfies CommandDefinition`), so that the handler can name its type. */
export function defineCommand<D extends CommandDefinition>(
  definition: D,
  load: () => Promise<CommandHandler<D>>,
): Command {
  return {
    definition,
    async run(args, app) {
      const handler = await load();
      // The program parsed `args` by this very definition.
      return handler(args as CommandArgs<D>, app);
    },
  };
}

/** What the process gives. Commands touch nothing else of it, so that they can be tested without one. */
export interface Edges {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Whether stdout and stderr are the same terminal, pipe or file: whoever writes on both must not cut lines. */
  readonly outputIsShared: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly home: string;
  /** The folder of the package: has `templates/apps` and `dist`. */
  readonly root: string;
  readonly version: string;
  /** The Node that runs this program, for its children. */
  readonly node: string;
  /** As Node says it: `linux`, `x64`. */
  readonly platform: string;
  readonly arch: string;
  readonly pid: number;
  /** What this process and its children may use at most: the machine's, or less by its control group. */
  readonly memoryBytes: () => number;
  /** Milliseconds since the epoch, by a clock that only goes forward. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Calls back every `intervalMs` until disposed; does not keep the process alive. */
  readonly every: (intervalMs: number, tick: () => void) => Disposable;
  /** Calls back for every SIGINT and SIGTERM until disposed; while nobody listens they end the process at once. */
  readonly onSignal: (listener: (signal: StopSignal) => void) => Disposable;
  /** Ends the process now. Only for the third signal of a user who will not wait. */
  readonly exitNow: (status: number) => never;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface AppContext extends Edges {
  readonly global: GlobalOptions;
  /** The reporter that the options and the terminal ask for. The caller closes it. */
  readonly createReporter: (run?: string) => Reporter;
  /** Says what a command found or did: the text on stdout, or the one document (`--output json`), or its line (`ndjson`). Once a command. */
  readonly writeResult: (result: CommandResult) => Promise<void>;
}

export interface CommandResult {
  /** For `--output text`, without the last line feed; absent: nothing on stdout. */
  readonly text?: string;
  /** The fields of the document beside `schema`, `command`, `ok` and `error`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What went wrong, where a command ends with a status instead of throwing; `ok` is false then. */
  readonly error?: Pick<ErrorDocument, 'code' | 'message' | 'hint'>;
}
