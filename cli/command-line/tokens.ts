import { parseArgs } from 'node:util';
import type { OptionTable } from './options.ts';

/** The words of a command line, told apart by a table. Throws for nothing: what is wrong with them is told by who reads them. */
export function tokensOf(words: readonly string[], table: OptionTable) {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type, alias }]) => [
      name,
      { type: type === 'flag' ? 'boolean' : 'string', ...(alias === undefined ? {} : { short: alias }) } as const,
    ]),
  );
  return parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

export type Token = ReturnType<typeof tokensOf>[number];

/** What is before the first `--`, and what is after it; `null` when there is none. */
export function splitAtDashes(argv: readonly string[]): readonly [readonly string[], readonly string[] | null] {
  const at = argv.indexOf('--');
  return at < 0 ? [argv, null] : [argv.slice(0, at), argv.slice(at + 1)];
}
