import { type CommandDefinition, defineCommand } from './command.ts';
import { DEPLOYED_ON_OPTION, NAME_POSITIONAL } from './deployment-options.ts';

export const definition = {
  name: 'logs',
  summary: 'Print what a run of what is deployed has written: its newest one, if no other is named',
  examples: [
    { line: 'logs etl -f', what: 'from the beginning, to the end of the run' },
    { line: 'logs etl --tail 20 --previous', what: 'the end of the run before' },
    { line: 'logs etl --stream worker-1 --since 10m', what: 'what the first worker said in ten minutes' },
  ],
  positionals: NAME_POSITIONAL,
  options: {
    follow: { type: 'flag', alias: 'f', summary: 'Go on until the run ends' },
    stream: {
      type: 'value',
      value: 'STREAM',
      default: 'driver',
      summary: 'Of what: driver (what the job writes), spark, launcher, master, worker-N, executor-N, build',
    },
    tail: { type: 'value', value: 'N', summary: 'The last N lines of what there is' },
    since: { type: 'value', value: 'TIME', summary: 'What is not older than this: 90s, 10m, 2h' },
    run: { type: 'value', value: 'ID', summary: 'Of the run of this id' },
    previous: { type: 'flag', summary: 'Of the run before the newest one' },
    ...DEPLOYED_ON_OPTION,
  },
} as const satisfies CommandDefinition;

export const logs = defineCommand(definition, async () => (await import('./logs-handler.ts')).logsCommand);
