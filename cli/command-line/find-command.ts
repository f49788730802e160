import { ToolError } from '../../runtime/core/errors.ts';
import type { Command } from '../commands/command.ts';
import { nearest } from './suggest.ts';

export type FoundCommand =
  | { readonly kind: 'found'; readonly command: Command /** How many words name it. */; readonly words: number }
  | { readonly kind: 'help'; readonly of: string | null };

/** The command that the first words name; help for a group's name alone when it is asked for.
 *  @throws {ToolError} USAGE for none, or an unknown one */
export function findCommand(names: readonly string[], commands: readonly Command[], asksHelp: boolean): FoundCommand {
  const [first, second] = names;
  if (first === undefined) {
    if (asksHelp) return { kind: 'help', of: null };
    throw new ToolError('USAGE', 'Cannot tell what to do: no command is given', {
      hint: 'Run "hibana --help" to see the commands',
    });
  }
  const known = commands.map(({ definition }) => definition.name.split(' '));
  const isGroup = known.some((words) => words.length > 1 && words[0] === first);
  if (isGroup && second === undefined && asksHelp) return { kind: 'help', of: first };
  const name = isGroup ? [first, ...(second === undefined ? [] : [second])].join(' ') : first;
  const command = commands.find(({ definition }) => definition.name === name);
  if (command) return { kind: 'found', command, words: isGroup ? 2 : 1 };
  throw unknownCommand(isGroup, first, second, known);
}

function unknownCommand(
  isGroup: boolean,
  first: string,
  second: string | undefined,
  known: readonly (readonly string[])[],
): ToolError {
  const place = isGroup ? `hibana ${first}` : 'hibana';
  const hint = `Run "${place} --help" to see the commands`;
  if (isGroup && second === undefined) {
    return new ToolError('USAGE', `Cannot tell what to do: "${first}" needs a command`, { hint });
  }
  const offered = isGroup
    ? known.flatMap(([group, name]) => (group === first && name !== undefined ? [name] : []))
    : known.flatMap(([name]) => (name === undefined ? [] : [name]));
  const wrong = (isGroup ? second : first) ?? '';
  const near = nearest(wrong, offered);
  return new ToolError('USAGE', `Cannot run "${place} ${wrong}": there is no such command`, {
    hint: near === undefined ? hint : `Did you mean "${place} ${near}"?`,
  });
}
