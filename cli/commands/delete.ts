import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'delete',
  summary: 'End what runs under a name, and delete its revisions, runs and logs',
  examples: [{ line: 'delete etl', what: 'nothing of it is left' }],
  positionals: NAME_POSITIONAL,
  options: DEPLOYED_ON_OPTION,
} as const satisfies CommandDefinition;

export const remove = defineCommand(definition, async () => (await import('./delete-handler.ts')).deleteCommand);
