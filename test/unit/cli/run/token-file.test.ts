import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { indexTokens } from '../../../../cli/run/index-tokens.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-token-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (text: string) => indexTokens({ 'index-token-file': [text] }, (path) => resolve(folder, path));

describe('a token file', () => {
  it('is taken by its place', async () => {
    await writeFile(join(folder, 'token'), 'secret\n');
    expect(read('a.example=token')).toEqual([{ host: 'a.example', file: join(folder, 'token') }]);
  });

  it.each([
    ['~/token', /Cannot read the token file "~\/token"/, /\$HOME/],
    ['none', /Cannot read the token file "none"/, /exists/],
    ['empty', /Cannot use the token file "empty": it is empty/, /token/],
  ])('is refused as %s', async (text, message, hint) => {
    await writeFile(join(folder, 'empty'), '');
    const error = {
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    };
    expect(() => read(`a.example=${text}`)).toThrowError(expect.objectContaining(error));
  });
});
