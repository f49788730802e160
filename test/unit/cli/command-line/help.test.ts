import { describe, expect, it } from 'vitest';
import { helpText } from '../../../../cli/command-line/help.ts';
import { COMMANDS, GROUPS } from '../../../../cli/commands/index.ts';

describe('helpText()', () => {
  it.each(COMMANDS.map(({ definition }) => [definition.name, definition] as const))(
    'of %s shows every option once',
    (_name, definition) => {
      const help = helpText(definition, { commands: COMMANDS, groups: GROUPS, examples: [] });
      const options = help.match(/^ {2}(?:-\w,| {3}) --[\w-]+/gm)?.map((option) => option.slice(6)) ?? [];
      expect(options).toEqual([...new Set(options)]);
      expect(help).not.toMatch(/\(default ([^()]+)\) \(default \1\)/);
    },
  );
});
