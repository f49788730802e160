import type { OptionTable, PositionalTable } from '../command-line/options.ts';

/** `<name>` of what is deployed. */
export const NAME_POSITIONAL = {
  name: { summary: 'The name of what is deployed', required: true, completes: 'deployment' },
} as const satisfies PositionalTable;

export const DETACH_OPTION = {
  detach: { type: 'flag', alias: 'd', summary: 'Do not wait for the end of the run: print its id' },
} as const satisfies OptionTable;
