import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, DETACH_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'redeploy',
  summary: 'Deploy again from the same source, as it is now, with the same options',
  examples: [{ line: 'redeploy etl', what: 'the newest commit of its branch' }],
  positionals: NAME_POSITIONAL,
  options: { ...DETACH_OPTION, ...DEPLOYED_ON_OPTION },
} as const satisfies CommandDefinition;

export const redeploy = defineCommand(definition, async () => (await import('./redeploy-handler.ts')).redeployCommand);
