import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'rollback',
  summary: 'Make an old revision the newest one, without git, network or build',
  examples: [
    { line: 'rollback etl', what: 'the one that counted before' },
    { line: 'rollback etl 3', what: 'revision 3: its source, configuration and cluster' },
  ],
  positionals: {
    ...NAME_POSITIONAL,
    revision: { summary: 'Its number (default the one before)', required: false, completes: 'nothing' },
  },
  options: DEPLOYED_ON_OPTION,
} as const satisfies CommandDefinition;

export const rollback = defineCommand(definition, async () => (await import('./rollback-handler.ts')).rollbackCommand);
