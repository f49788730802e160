import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'status',
  summary: 'Show what is deployed under a name, whether it runs, and how its last run ended',
  examples: [{ line: 'status etl', what: 'state, revision, source, last run' }],
  positionals: NAME_POSITIONAL,
  options: DEPLOYED_ON_OPTION,
} as const satisfies CommandDefinition;

export const status = defineCommand(definition, async () => (await import('./status-handler.ts')).statusCommand);
