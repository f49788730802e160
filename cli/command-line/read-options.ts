import { ToolError } from '../../runtime/core/errors.ts';
import type { CommandDefinition } from '../commands/command.ts';
import type { OptionSpec, OptionTable, OptionValues } from './options.ts';
import { nearest } from './suggest.ts';
import type { Token } from './tokens.ts';
import { oneOf, shortUsage } from './usage.ts';

type OptionToken = Extract<Token, { readonly kind: 'option' }>;

/** The value of every option of the table, from the words of a command line.
 *  @throws {ToolError} USAGE for an unknown option, a missing or surplus value, a value that is no choice */
export function readOptions<T extends OptionTable>(
  tokens: readonly Token[],
  table: T,
  definition: CommandDefinition,
): OptionValues<T> {
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (!spec) throw unknownOption(token, table, definition);
    given.set(token.name, [...(given.get(token.name) ?? []), readValue(token, spec)]);
  }
  const values = Object.entries(table).map(([name, spec]) => [name, valueFrom(spec, given.get(name))]);
  // Built entry by entry from the table that the type is made from.
  return Object.fromEntries(values) as OptionValues<T>;
}

function valueFrom(spec: OptionSpec, given: readonly string[] | undefined): unknown {
  if (spec.type === 'flag') return given !== undefined;
  if (spec.type === 'list') return given ?? [];
  return given?.at(-1) ?? spec.default;
}

function readValue(token: OptionToken, spec: OptionSpec): string {
  const { rawName, value, inlineValue } = token;
  if (spec.type === 'flag') {
    if (value !== undefined)
      throw new ToolError('USAGE', `Cannot use "${rawName}=${value}": ${rawName} takes no value`);
    return '';
  }
  // `--ref --quiet` is far more often a forgotten value than a ref of that name.
  if (value === undefined || (!inlineValue && value.startsWith('-') && value !== '-')) {
    throw new ToolError('USAGE', `Cannot use "${rawName}": it needs a value`, {
      hint: `Write ${rawName}${rawName.startsWith('--') ? '=' : ' '}${spec.value}`,
    });
  }
  if (spec.type === 'value' && spec.choices && !spec.choices.includes(value)) {
    throw new ToolError('USAGE', `Cannot use "${rawName} ${value}": it is ${oneOf(spec.choices)}`);
  }
  return value;
}

function unknownOption({ rawName }: OptionToken, table: OptionTable, definition: CommandDefinition): ToolError {
  const name = rawName.startsWith('--') ? nearest(rawName.slice(2), Object.keys(table)) : undefined;
  const { rest } = definition;
  const elsewhere = rest === undefined ? shortUsage(definition) : `Put ${rest} after "--"`;
  const meant = `Did you mean --${name}?${rest === undefined ? '' : ` If not: ${rest} go after "--"`}`;
  return new ToolError('USAGE', `Cannot use "${rawName}": "${definition.name}" has no such option`, {
    hint: name === undefined ? elsewhere : meant,
  });
}
