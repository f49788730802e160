import type { CommandDefinition } from '../commands/command.ts';

/** `hibana run <source> [options] [-- ARGUMENTS]` */
export function usageLine({ name, positionals, rest }: CommandDefinition): string {
  const places = Object.entries(positionals).map(([place, { required }]) => (required ? `<${place}>` : `[${place}]`));
  return ['hibana', name, ...places, '[options]', ...(rest === undefined ? [] : ['[-- ARGUMENTS]'])].join(' ');
}

/** The hint of a usage error. */
export function shortUsage(definition: CommandDefinition): string {
  return `Usage: ${usageLine(definition)} (more with --help)`;
}

export function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? `only "${choices[0]}"` : `one of ${choices.join(', ')}`;
}
