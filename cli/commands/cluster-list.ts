import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'cluster list',
  summary: 'List the clusters of this machine',
  examples: [{ line: 'cluster list', what: 'name, state, workers, master' }],
  positionals: {},
  options: {},
} as const satisfies CommandDefinition;

export const clusterList = defineCommand(
  definition,
  async () => (await import('./cluster-list-handler.ts')).listCommand,
);
