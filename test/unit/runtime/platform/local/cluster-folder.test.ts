import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { clusterFolder, makeClusterFolder } from '../../../../../runtime/platform/local/cluster-folder.ts';

const root = await mkdtemp(join(tmpdir(), 'hibana-cluster-folder-'));
afterAll(() => rm(root, { recursive: true, force: true }));

const MADE = ['conf', 'local', 'tmp', 'work'];

/** A folder in which somebody has left a file, `ageSeconds` ago. */
async function leftFolder(name: string, { ageSeconds, file }: { ageSeconds: number; file: string }) {
  const folder = clusterFolder(root, name);
  await mkdir(folder.root, { recursive: true });
  await writeFile(join(folder.root, file), '');
  const time = Date.now() / 1_000 - ageSeconds;
  await utimes(folder.root, time, time);
  return folder;
}

describe('makeClusterFolder()', () => {
  it('makes one, and no second', async () => {
    const folder = clusterFolder(root, 'new');
    expect(await makeClusterFolder(folder)).toBe(true);
    expect((await readdir(folder.root)).sort()).toEqual(MADE);
    expect(await makeClusterFolder(folder)).toBe(false);
  });

  it('takes over one that was left without a description for more than a minute', async () => {
    const folder = await leftFolder('forgotten', { ageSeconds: 61, file: 'secret' });
    expect(await makeClusterFolder(folder)).toBe(true);
    expect((await readdir(folder.root)).sort()).toEqual(MADE);
  });

  it.each([
    ['whose description may come yet', { ageSeconds: 40, file: 'secret' }],
    ['that is described, in whatever words', { ageSeconds: 4_000, file: 'cluster.json' }],
  ])('leaves one alone %s', async (what, left) => {
    const folder = await leftFolder(what.replaceAll(/\W/g, '-'), left);
    expect(await makeClusterFolder(folder)).toBe(false);
    expect(await readdir(folder.root)).toEqual([left.file]);
  });
});
