import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyTree, keepTree, treeFolder } from '../../../../../cli/deploy/local/keep-tree.ts';
import { movedLayout } from '../../../../../cli/deploy/local/run-request.ts';
import { launchRequestFor } from '../../../../helpers/requests.ts';

async function makePlace() {
  const root = await mkdtemp(join(tmpdir(), 'hibana-tree-'));
  const dir = join(root, 'app');
  const scratch = join(root, 'scratch');
  await mkdir(join(dir, 'bin'), { recursive: true });
  await mkdir(scratch);
  await writeFile(join(dir, 'app.py'), 'print(1)');
  await writeFile(join(dir, 'bin', 'tool'), '#!/bin/sh');
  await chmod(join(dir, 'bin', 'tool'), 0o755);
  await symlink('app.py', join(dir, 'link.py'));
  const files = ['app.py', 'bin/tool', 'link.py'];
  const wanted = { stateFolder: join(root, 'state'), name: 'etl', dir, files, scratch };
  return { ...wanted, wanted, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

describe('keepTree()', () => {
  it('keeps files, modes and links, and gives every run a copy of its own', async () => {
    await using place = await makePlace();
    const kept = treeFolder(place.stateFolder, 'etl', await keepTree(place.wanted));
    const own = join(place.stateFolder, 'own');
    await copyTree(kept, own);
    expect(await readFile(join(own, 'app.py'), 'utf8')).toBe('print(1)');
    expect((await stat(join(own, 'bin', 'tool'))).mode & 0o100).toBe(0o100);
    expect(await readlink(join(own, 'link.py'))).toBe('app.py');
    await writeFile(join(own, 'app.py'), 'changed');
    expect(await readFile(join(kept, 'app.py'), 'utf8')).toBe('print(1)');
  });

  it('keeps the same once, and another when a byte, a mode or a name differs', async () => {
    await using place = await makePlace();
    const keys = [await keepTree(place.wanted), await keepTree(place.wanted)];
    await chmod(join(place.dir, 'app.py'), 0o755);
    keys.push(await keepTree(place.wanted));
    await writeFile(join(place.dir, 'app.py'), 'print(2)');
    keys.push(await keepTree(place.wanted));
    keys.push(await keepTree({ ...place.wanted, files: ['app.py'] }));
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(4);
    const trees = await readdir(join(place.stateFolder, 'deployments', 'etl', 'trees'));
    expect(trees.toSorted()).toEqual([...new Set(keys)].toSorted());
  });

  it('leaves nothing when a file cannot be copied', async () => {
    await using place = await makePlace();
    await expect(keepTree({ ...place.wanted, files: ['app.py', 'gone.py'] })).rejects.toThrow('gone.py');
    expect(await readdir(place.stateFolder).catch(() => [])).toEqual([]);
    expect(await readdir(place.scratch)).toEqual([]);
  });
});

describe('movedLayout()', () => {
  it('moves what is in the tree, and nothing beside it', () => {
    const { layout } = launchRequestFor({
      layout: { app: '/trees/a', pythonPath: ['/trees/a/src', '/trees/ab', '/deps'] },
    });
    expect(movedLayout(layout, '/trees/a', '/own')).toMatchObject({
      app: '/own',
      pythonPath: ['/own/src', '/trees/ab', '/deps'],
    });
  });
});
