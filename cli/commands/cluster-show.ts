import { PLATFORM_OPTION } from '../docker/platform-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'cluster show',
  summary: 'Show a shared cluster, what is wrong with it, and who uses it',
  examples: [{ line: 'cluster show team', what: 'state, master, workers, versions, applications' }],
  positionals: { name: { summary: 'The name of a shared cluster', required: true, completes: 'cluster' } },
  options: PLATFORM_OPTION,
} as const satisfies CommandDefinition;

export const clusterShow = defineCommand(
  definition,
  async () => (await import('./cluster-show-handler.ts')).showCommand,
);
