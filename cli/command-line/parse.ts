import { ToolError } from '../../runtime/core/errors.ts';
import type { Command, CommandDefinition, ParsedArgs } from '../commands/command.ts';
import { findCommand } from './find-command.ts';
import { COMMON_OPTIONS, GLOBAL_OPTIONS, type GlobalOptions } from './global-options.ts';
import type { OptionTable } from './options.ts';
import { readOptions } from './read-options.ts';
import { splitAtDashes, type Token, tokensOf } from './tokens.ts';
import { oneOf, shortUsage } from './usage.ts';

export type CommandLine =
  | { readonly kind: 'command'; readonly command: Command; readonly args: ParsedArgs; readonly global: GlobalOptions }
  /** `of` is a command, a group's name, or nothing for the whole program. */
  | { readonly kind: 'help'; readonly of: CommandDefinition | string | null }
  | { readonly kind: 'version' };

/** Reads a command line by the commands' definitions. Everything after the first `--` is left as it is.
 *  Node's own parser splits the words (no guessing of numbers, no abbreviations, nothing to load); what the words mean is ours.
 *  @throws {ToolError} USAGE, with a suggestion where one is near */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine {
  const [words, rest] = splitAtDashes(argv);
  const first = tokensOf(words, COMMON_OPTIONS);
  const names = first.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const asks = (name: string) => first.some((token) => token.kind === 'option' && token.name === name);
  if (asks('version')) return { kind: 'version' };

  const found = findCommand(names, commands, asks('help'));
  if (found.kind === 'help') return found;
  const { definition } = found.command;
  if (asks('help')) return { kind: 'help', of: definition };

  const table: OptionTable = { ...COMMON_OPTIONS, ...definition.options };
  const tokens = tokensOf(words, table).map((token) => meant(token, table));
  const values = readOptions(tokens, table, definition);
  const texts = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const args = {
    positionals: readPositionals(texts.slice(found.words), definition),
    options: values,
    rest: readRest(rest, definition),
  };
  // Every global option is in `table`, so that its value has been read by the same definition.
  return { kind: 'command', command: found.command, args, global: values as GlobalOptions };
}

/** The format asked for, also by a command line that cannot be read: its error must be in that format. */
export function outputAskedFor(argv: readonly string[]): GlobalOptions['output'] {
  const [words] = splitAtDashes(argv);
  const asked = tokensOf(words, COMMON_OPTIONS).flatMap((token) =>
    token.kind === 'option' && token.name === 'output' ? [token.value] : [],
  );
  const { choices } = GLOBAL_OPTIONS.output;
  // The last one that is a format at all: `build` takes a place for the image under this name as well.
  return choices.find((choice) => choice === asked.findLast((value) => choices.some((one) => one === value))) ?? 'text';
}

function meant(token: Token, table: OptionTable): Token {
  if (token.kind !== 'option') return token;
  const { name, value = '' } = token;
  const other = Object.entries(table).find(([, { also }]) => also?.option === name && value.startsWith(also.prefix));
  return other === undefined ? token : { ...token, name: other[0] };
}

function readPositionals(texts: readonly string[], definition: CommandDefinition): Record<string, string | undefined> {
  const specs = Object.entries(definition.positionals);
  const surplus = texts[specs.length];
  if (surplus !== undefined) {
    const hint = definition.rest === undefined ? shortUsage(definition) : `Put ${definition.rest} after "--"`;
    throw new ToolError(
      'USAGE',
      `Cannot use the argument "${surplus}": "${definition.name}" takes ${count(specs.length)}`,
      {
        hint,
      },
    );
  }
  return Object.fromEntries(
    specs.map(([name, spec], index) => {
      const text = texts[index];
      if (text === undefined && spec.required) {
        throw new ToolError('USAGE', `Cannot run "${definition.name}": <${name}> is missing`, {
          hint: shortUsage(definition),
        });
      }
      if (text !== undefined && spec.choices && !spec.choices.includes(text)) {
        throw new ToolError('USAGE', `Cannot use "${text}" as <${name}>: it is ${oneOf(spec.choices)}`);
      }
      return [name, text];
    }),
  );
}

function readRest(rest: readonly string[] | null, definition: CommandDefinition): readonly string[] {
  if (rest !== null && rest.length > 0 && definition.rest === undefined) {
    throw new ToolError('USAGE', `Cannot use arguments after "--": "${definition.name}" takes none`, {
      hint: shortUsage(definition),
    });
  }
  return rest ?? [];
}

function count(number: number): string {
  return ['none', 'one', 'two', 'three'][number] ?? String(number);
}
