import { PLATFORM_OPTION } from '../docker/platform-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'cluster delete',
  summary: 'Delete a shared cluster',
  examples: [
    { line: 'cluster delete team', what: 'unless somebody uses it' },
    { line: 'cluster delete team --force', what: 'even then: their jobs fail' },
  ],
  positionals: { name: { summary: 'The name of a shared cluster', required: true, completes: 'cluster' } },
  options: { force: { type: 'flag', summary: 'Even while somebody uses it' }, ...PLATFORM_OPTION },
} as const satisfies CommandDefinition;

export const clusterDelete = defineCommand(
  definition,
  async () => (await import('./cluster-delete-handler.ts')).deleteCommand,
);
