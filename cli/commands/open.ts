import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'open',
  summary: 'Print where a service answers, or the page of Spark of what runs',
  examples: [
    { line: 'open pi', what: 'the URL of the service' },
    { line: 'open etl --ui', what: "the URL of Spark's page, while it runs" },
  ],
  positionals: NAME_POSITIONAL,
  options: {
    ui: { type: 'flag', summary: "Spark's own page, which answers on this machine alone" },
    ...DEPLOYED_ON_OPTION,
  },
} as const satisfies CommandDefinition;

export const open = defineCommand(definition, async () => (await import('./open-handler.ts')).openCommand);
