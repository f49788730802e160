import { type Command, type CommandDefinition, defineCommand, type ParsedArgs } from '../../cli/commands/command.ts';

export const runDefinition = {
  name: 'run',
  summary: 'Run an application',
  examples: [{ line: 'run pi', what: 'a template' }],
  positionals: { source: { summary: 'a template, folder or URL', required: true, completes: 'template' } },
  options: {
    workers: { type: 'value', value: 'N', alias: 'w', default: '2', summary: 'Workers' },
    ref: { type: 'value', value: 'REF', summary: 'Branch, tag or commit' },
    conf: { type: 'list', value: 'KEY=VALUE', summary: 'A Spark property' },
    submodules: { type: 'flag', summary: 'Fetch submodules' },
  },
  rest: "the application's arguments",
} as const satisfies CommandDefinition;

const listDefinition = {
  name: 'cluster list',
  summary: 'List clusters',
  examples: [{ line: 'cluster list', what: 'all of them' }],
  positionals: {},
  options: {},
} as const satisfies CommandDefinition;

export interface ExampleCommands {
  readonly commands: readonly Command[];
  /** What the handlers were given. */
  readonly ran: ParsedArgs[];
}

/** Two commands whose handlers keep what they are given and end with a status. */
export function exampleCommands(handle: Command['run'] = async () => 0): ExampleCommands {
  const ran: ParsedArgs[] = [];
  const load = async () => async (args: ParsedArgs, app: Parameters<Command['run']>[1]) => {
    ran.push(args);
    return handle(args, app);
  };
  return {
    commands: [
      defineCommand<CommandDefinition>(runDefinition, load),
      defineCommand<CommandDefinition>(listDefinition, load),
    ],
    ran,
  };
}
