import type { OptionTable, OptionValues } from './options.ts';

/** The options that every command takes. */
export const GLOBAL_OPTIONS = {
  platform: {
    type: 'value',
    value: 'NAME',
    choices: ['local'],
    default: 'local',
    summary: 'Where it runs; several commands have one that also takes docker',
  },
  output: {
    type: 'value',
    value: 'FORMAT',
    alias: 'o',
    choices: ['text', 'json', 'ndjson'],
    default: 'text',
    summary: 'Text for people, one document, or events as they happen',
  },
  quiet: { type: 'flag', alias: 'q', summary: 'Say nothing but errors and how a job failed' },
  verbose: { type: 'flag', alias: 'v', summary: 'Show every line of the tools that are used' },
  plain: { type: 'flag', summary: 'Plain lines, also on a terminal' },
  'no-color': { type: 'flag', summary: 'No colors' },
  debug: { type: 'flag', summary: 'Print the stack of an error' },
} as const satisfies OptionTable;

export type GlobalOptions = OptionValues<typeof GLOBAL_OPTIONS>;

const ASKING = {
  help: { type: 'flag', alias: 'h', summary: 'Show this help' },
  version: { type: 'flag', summary: 'Show the version' },
} as const satisfies OptionTable;

/** Options that every command line may have, in the order of help. */
export const COMMON_OPTIONS = { ...GLOBAL_OPTIONS, ...ASKING };
