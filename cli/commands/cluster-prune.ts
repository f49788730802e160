import { PLATFORM_OPTION } from '../docker/platform-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'cluster prune',
  summary: 'Delete what runs whose launcher is gone, and dead shared clusters, have left behind',
  examples: [
    { line: 'cluster prune', what: 'end their processes, delete their folders, keep their logs' },
    { line: 'cluster prune --dry-run', what: 'only say what would be deleted' },
  ],
  positionals: {},
  options: { 'dry-run': { type: 'flag', summary: 'Delete nothing' }, ...PLATFORM_OPTION },
} as const satisfies CommandDefinition;

export const clusterPrune = defineCommand(
  definition,
  async () => (await import('./cluster-prune-handler.ts')).pruneCommand,
);
