import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'cancel',
  summary: 'End what runs of what is deployed; a service stays down until it is started',
  examples: [
    { line: 'cancel etl', what: 'every run that goes on' },
    { line: 'cancel etl --run etl-261122031510-x3f9', what: 'this one' },
  ],
  positionals: NAME_POSITIONAL,
  options: { run: { type: 'value', value: 'ID', summary: 'Only the run of this id' }, ...DEPLOYED_ON_OPTION },
} as const satisfies CommandDefinition;

export const cancel = defineCommand(definition, async () => (await import('./cancel-handler.ts')).cancelCommand);
