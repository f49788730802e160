import { PLATFORM_OPTION } from '../docker/platform-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { RUN_OPTIONS } from './source-options.ts';

export const definition = {
  name: 'cluster scale',
  summary: 'Give a shared cluster another number of workers, and start again what it has lost',
  examples: [
    { line: 'cluster scale team 4', what: 'from then on it has 4 workers' },
    { line: 'cluster scale team', what: 'as many as it had: lost workers and a lost master come back' },
  ],
  positionals: {
    name: { summary: 'The name of a shared cluster', required: true, completes: 'cluster' },
    workers: { summary: 'How many workers (default as many as it should have)', required: false, completes: 'nothing' },
  },
  options: { 'cluster-timeout': RUN_OPTIONS['cluster-timeout'], ...PLATFORM_OPTION },
} as const satisfies CommandDefinition;

export const clusterScale = defineCommand(
  definition,
  async () => (await import('./cluster-scale-handler.ts')).scaleCommand,
);
