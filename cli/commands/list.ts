import { PLATFORM_OPTION } from '../docker/platform-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'list',
  summary: 'List what is deployed',
  examples: [{ line: 'list', what: 'name, kind, state, revision, commit, last run' }],
  positionals: {},
  options: { platform: { ...PLATFORM_OPTION.platform, summary: 'Only what is deployed there (default all)' } },
} as const satisfies CommandDefinition;

export const list = defineCommand(definition, async () => (await import('./list-handler.ts')).listCommand);
