import type { OptionTable, PositionalTable } from '../command-line/options.ts';

/** `<name>` of what is deployed. */
export const NAME_POSITIONAL = {
  name: { summary: 'The name of what is deployed', required: true, completes: 'deployment' },
} as const satisfies PositionalTable;

export const DETACH_OPTION = {
  detach: { type: 'flag', alias: 'd', summary: 'Do not wait for the end of the run: print its id' },
} as const satisfies OptionTable;

/** For whoever wants to be sure. */
export const DEPLOYED_ON_OPTION = {
  platform: {
    type: 'value',
    value: 'PLATFORM',
    summary: 'Where it is deployed: on record, so that another one than that is refused',
    choices: ['local', 'docker'],
  },
} as const satisfies OptionTable;
