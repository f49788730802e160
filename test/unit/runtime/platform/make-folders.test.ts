import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../../../../runtime/platform/make-folders.ts';

describe('makeFolders()', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hibana-folders-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('makes every folder of a path, twice too', async () => {
    const path = join(root, 'a', 'b', 'c');
    makeFolders(path);
    makeFolders(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('fails below a file', async () => {
    await writeFile(join(root, 'file'), '');
    expect(() => makeFolders(join(root, 'file', 'a', 'b'))).toThrow(/ENOTDIR/);
  });

  it('comes back from /proc, where no folder can be made', () => {
    expect(() => makeFolders('/proc/hibana/a/b')).toThrowError(expect.objectContaining({ code: 'FOLDER_READ_ONLY' }));
  });
});
