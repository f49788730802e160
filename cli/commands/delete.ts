import { type CommandDefinition, defineCommand } from './command.ts';
import { NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'delete',
  summary: 'End what runs under a name, and delete its revisions, runs and logs',
  examples: [{ line: 'delete etl', what: 'nothing of it is left' }],
  positionals: NAME_POSITIONAL,
  options: {},
} as const satisfies CommandDefinition;

export const remove = defineCommand(definition, async () => (await import('./delete-handler.ts')).deleteCommand);
