import { type CommandDefinition, defineCommand } from './command.ts';
import { APPLICATION_OPTIONS, SOURCE_OPTIONS, SOURCE_POSITIONAL } from './source-options.ts';

export const definition = {
  name: 'plan',
  summary: 'Show what would be run, and why, without running it',
  examples: [
    { line: 'plan .', what: 'what is in this folder' },
    { line: 'plan https://host/team/app.git#v1 -o json', what: 'as data' },
  ],
  positionals: SOURCE_POSITIONAL,
  options: { ...APPLICATION_OPTIONS, ...SOURCE_OPTIONS },
  rest: "the application's arguments",
} as const satisfies CommandDefinition;

export const plan = defineCommand(definition, async () => (await import('./plan-handler.ts')).planCommand);
