import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, DETACH_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'start',
  summary: 'Run what is deployed once more, without a build; start a service that is stopped',
  examples: [
    { line: 'start etl -- --date 2026-11-02', what: 'the same revision with other arguments' },
    { line: 'start etl --run-id 2026-11-02 -- --date 2026-11-02', what: 'asked twice, it runs once' },
  ],
  positionals: NAME_POSITIONAL,
  options: {
    'run-id': {
      type: 'value',
      value: 'ID',
      summary: 'The id of the run: where there is one of it, that one is waited for instead of a second',
    },
    ...DETACH_OPTION,
    ...DEPLOYED_ON_OPTION,
  },
  rest: "the application's arguments (default those that it was deployed with)",
} as const satisfies CommandDefinition;

export const start = defineCommand(definition, async () => (await import('./start-handler.ts')).startCommand);
