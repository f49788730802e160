import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'history',
  summary: 'List the revisions of what is deployed, the newest first',
  examples: [{ line: 'history etl', what: 'the one that counts is marked with *' }],
  positionals: NAME_POSITIONAL,
  options: DEPLOYED_ON_OPTION,
} as const satisfies CommandDefinition;

export const history = defineCommand(definition, async () => (await import('./history-handler.ts')).historyCommand);
