import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'runs',
  summary: 'List the runs of what is deployed, the newest first',
  examples: [{ line: 'runs etl', what: 'status, time, revision, arguments, and what the workers had reserved' }],
  positionals: NAME_POSITIONAL,
  options: DEPLOYED_ON_OPTION,
} as const satisfies CommandDefinition;

export const runs = defineCommand(definition, async () => (await import('./runs-handler.ts')).runsCommand);
