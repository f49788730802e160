import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reserveFile } from '../../../../runtime/platform/reserved-file.ts';

async function makeFolder() {
  const path = await mkdtemp(join(tmpdir(), 'hibana-reserved-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe('reserveFile()', () => {
  it.each([
    ['short', 'an end\n'],
    ['longer than its room', 'a long end\n'.repeat(10_000)],
  ])('is not there until it is written, and then alone: %s', async (_what, text) => {
    await using folder = await makeFolder();
    const path = join(folder.path, 'outcome.json');
    const reserved = await reserveFile(path);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await reserved.write(text);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['outcome.json']);
  });

  it('is written where no room could be taken', async () => {
    await using folder = await makeFolder();
    const later = join(folder.path, 'later');
    const reserved = await reserveFile(join(later, 'outcome.json'));
    await mkdir(later);
    await reserved.write('an end\n');
    expect(await readFile(join(later, 'outcome.json'), 'utf8')).toBe('an end\n');
  });
});
