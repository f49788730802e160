import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROCESS_USERS } from './process-users.ts';
import { readSourceFiles, root, SHIPPED } from './source-files.ts';
import { forbiddenForms, globalUses, skipsOutside, tooLong } from './text-rules.ts';

const MAXIMUM_LINES = 300;
const MAXIMUM_TEST_LINES = 400;
const SKIP_HELPER = 'test/helpers/requires.ts';

const shipped = readSourceFiles(SHIPPED);
const tests = readSourceFiles(['test']);

describe('the sources', () => {
  it(`have no file of more than ${MAXIMUM_LINES} lines`, () => {
    expect(tooLong(new Map([...shipped, ...readSourceFiles(['scripts'])]), MAXIMUM_LINES)).toEqual([]);
    expect(tooLong(tests, MAXIMUM_TEST_LINES)).toEqual([]);
  });

  it('have no default export, enum, changing variable of a module, or zod as a whole', () => {
    expect(forbiddenForms(shipped)).toEqual([]);
  });

  it('touch process and console only at the edges', async () => {
    expect(await globalUses(shipped, PROCESS_USERS)).toEqual([]);
  });

  it('skip a test only where a skip is visible', () => {
    const ours = new Map([...tests].filter(([path]) => !path.startsWith('test/architecture/')));
    expect(skipsOutside(ours, SKIP_HELPER)).toEqual([]);
  });

  it('have a README in each folder of the first level', () => {
    expect(foldersWithoutReadme()).toEqual([]);
  });
});

describe('the rules', () => {
  it('tooLong() counts lines', () => {
    const files = new Map([
      ['a.ts', 'x\n'.repeat(301)],
      ['b.ts', 'x\n'.repeat(300)],
    ]);
    expect(tooLong(files, 300)).toEqual(['a.ts: 301 lines, at most 300']);
  });

  it.each([
    ['export default function a() {}', 1],
    ["import { z } from 'zod/mini';", 1],
    ["import * as z from 'zod/mini';", 0],
    ['const a = 1;\nexport { a as default };', 1],
    ['export enum A { B }', 1],
    ['const enum A { B }', 1],
    ['export let count = 0;', 1],
    ['function a() {\n  let count = 0;\n}', 0],
    ["const text = 'export default, enum A';", 0],
  ])('forbiddenForms() finds in %j: %d', (text, count) => {
    expect(forbiddenForms(new Map([['a.ts', text]]))).toHaveLength(count);
  });

  it.each([
    ['export const a = process.env.A;', ['process']],
    ['export const a = globalThis.process.pid;', ['process']],
    ['export const a = () => console.log(1);', ['console']],
    ['export const a = typeof process;', ['process']],
    ['export const a = (process: { pid: number }) => process.pid;', []],
    ["// process.exit\nexport const a = { process: 'process.exit' };", []],
    ["import { process } from './p.ts';\nexport const a = process.pid;", []],
  ])('globalUses() finds in %j: %j', async (text, names) => {
    expect(await globalUses(new Map([['a.ts', text]]), {})).toEqual(
      names.map((name) => `a.ts: uses the global ${name}`),
    );
    expect(await globalUses(new Map([['a.ts', text]]), { 'a.ts': 'reason' })).toEqual([]);
  });

  it.each(['it.skip(', 'describe.skipIf(', 'test.runIf(', 'it.only(', 'it.todo(', 'describe.skip.each('])(
    'skipsOutside() finds %s',
    (text) => {
      expect(skipsOutside(new Map([['test/a.test.ts', text]]), SKIP_HELPER)).toHaveLength(1);
      expect(skipsOutside(new Map([[SKIP_HELPER, text]]), SKIP_HELPER)).toEqual([]);
    },
  );

  it('skipsOutside() leaves other words alone', () => {
    expect(skipsOutside(new Map([['a', 'lines.skipped; reader.only; skip(1)']]), SKIP_HELPER)).toEqual([]);
  });
});

function foldersWithoutReadme(): readonly string[] {
  const inner = [...SHIPPED, 'templates/apps'].flatMap(subfolders);
  return ['cli', 'templates', ...inner]
    .filter((folder) => folder !== 'templates/apps' && readdirSync(join(root, folder)).length > 0)
    .filter((folder) => !existsSync(join(root, folder, 'README.md')));
}

function subfolders(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${folder}/${name}`);
}
