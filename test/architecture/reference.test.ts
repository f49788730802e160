import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineCommand } from '../../cli/commands/command.ts';
import { COMMANDS } from '../../cli/commands/index.ts';
import { CONTAINER_VARIABLES } from '../../runtime/core/container-variables.ts';
import { ERROR_CATALOG } from '../../runtime/core/error-catalog.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { referenceText } from '../../scripts/reference-text.ts';
import { readSourceFiles, root, SHIPPED } from './source-files.ts';

const written = readFileSync(join(root, 'docs/reference.md'), 'utf8');

describe('docs/reference.md', () => {
  it('is what "node scripts/reference.ts" writes now', () => {
    expect(written).toBe(referenceText());
  });

  it('has every command, option, variable, code and status, and no other variable or code', () => {
    const options = COMMANDS.flatMap(({ definition }) => Object.keys(definition.options));
    const missing = [
      ...COMMANDS.map(({ definition }) => `### hibana ${definition.name}\n`),
      ...options.map((name) => `--${name}`),
      ...Object.values(ExitCode).map((status) => `\n| ${status} |`),
    ].filter((text) => !written.includes(text));
    expect(missing).toEqual([]);
    expect(namesIn('## Error codes')).toEqual(Object.keys(ERROR_CATALOG));
    expect(namesIn('## Variables of a container')).toEqual(CONTAINER_VARIABLES.map(({ name }) => name));
  });
});

/** The first column of the table in a section. */
function namesIn(heading: string): readonly (string | undefined)[] {
  const [, section = ''] = written.split(`${heading}\n`);
  const [text = ''] = section.split('\n## ');
  return [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
}

describe('referenceText()', () => {
  it('changes with a definition', () => {
    const planted = defineCommand(
      {
        name: 'planted',
        summary: 'Do a thing',
        examples: [{ line: 'planted x', what: 'a | b' }],
        positionals: { thing: { summary: 'What to do', required: true } },
        options: {
          depth: { type: 'value', value: 'N', alias: 'd', default: '1', choices: ['1', '2'], summary: 'How far' },
        },
        rest: 'the rest',
      },
      async () => async () => 0,
    );
    const text = referenceText([planted]);
    expect(text).toContain('### hibana planted\n\nDo a thing.\n');
    expect(text).toContain('| `-d, --depth N` | How far (one of 1, 2; default 1) |');
    expect(text).toContain('| `hibana planted x` | a \\| b |');
    expect(text).toContain('| `<thing>` | What to do |');
  });
});

describe('ERROR_CATALOG', () => {
  it('has no code that nothing throws or looks for', () => {
    const sources = [...readSourceFiles(SHIPPED)].filter(([path]) => !path.endsWith('/error-catalog.ts'));
    const text = sources.map(([, content]) => content).join('\n');
    expect(Object.keys(ERROR_CATALOG).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });
});
