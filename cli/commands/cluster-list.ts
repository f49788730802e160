import { PLATFORM_OPTION } from '../docker/platform-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'cluster list',
  summary: 'List the clusters of this machine',
  examples: [{ line: 'cluster list', what: 'name, state, workers, master' }],
  positionals: {},
  options: PLATFORM_OPTION,
} as const satisfies CommandDefinition;

export const clusterList = defineCommand(
  definition,
  async () => (await import('./cluster-list-handler.ts')).listCommand,
);
