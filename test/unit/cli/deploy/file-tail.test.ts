import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileTail, LineTail } from '../../../../cli/deploy/file-tail.ts';

describe('LineTail', () => {
  it('gives each line once, when it is whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hibana-tail-'));
    const file = join(folder, 'log');
    const tail = new LineTail(new FileTail(file));
    const read = () => Array.fromAsync(tail.read());
    expect(await read()).toEqual([]);
    await writeFile(file, 'one\ntwo\nthr');
    expect(await read()).toEqual(['one', 'two']);
    expect(await read()).toEqual([]);
    await appendFile(file, 'ee ä\n\nfour');
    expect(await read()).toEqual(['three ä', '']);
    await rm(folder, { recursive: true });
    expect(await read()).toEqual([]);
  });

  it('gives more than one read of a file can hold', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hibana-tail-'));
    const file = join(folder, 'log');
    const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index}`);
    await writeFile(file, `${lines.join('\n')}\n`);
    expect(await Array.fromAsync(new LineTail(new FileTail(file)).read())).toEqual(lines);
    await rm(folder, { recursive: true });
  });
});
