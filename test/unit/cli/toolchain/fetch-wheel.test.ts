import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPackage } from '../../../../cli/packages/find-package.ts';
import { createPackageSource } from '../../../../cli/toolchain/deps.ts';
import { fetchWheel } from '../../../../cli/toolchain/fetch-wheel.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { sha256, startPackageIndex } from '../../../helpers/package-index.ts';
import { createWorkspace, zipOf } from './fake-packages.ts';

const NAME = 'tool-1.0-py3-none-any.whl';
const wheel = zipOf({ 'tool-1.0.data/scripts/tool': '#!/bin/sh\necho works\n', 'tool/__init__.py': '' });
const place = (name: string) => (name.endsWith('/tool') ? { path: 'tool', isExecutable: true } : null);

describe('fetchWheel()', () => {
  it('leaves what is wanted, executable, and not the wheel', async () => {
    await using space = await createWorkspace();
    await using index = await startPackageIndex({ tool: { [NAME]: wheel } });
    await using source = createPackageSource(space.deps({ indexUrl: index.url }));
    const wanted = { name: 'tool', version: '1.0', dir: space.root, place, step: 'toolchain' } as const;
    await fetchWheel(wanted, await source.open(testCtx()), testCtx());
    expect(await readdir(space.root)).toEqual(['tool']);
    expect(execFileSync(join(space.root, 'tool'), { encoding: 'utf8' })).toBe('works\n');
  });
});

describe('findPackage()', () => {
  it('believes a pinned hash, whatever the index says', async () => {
    await using space = await createWorkspace();
    await using index = await startPackageIndex({ tool: { [NAME]: wheel } }, { hash: 'wrong' });
    await using source = createPackageSource(space.deps({ indexUrl: index.url }));
    const packages = await source.open(testCtx());
    const form = { kind: 'wheel', machine: packages.machine } as const;
    const pins = { [NAME]: sha256(wheel) };
    const file = await findPackage({ name: 'tool', version: '1.0', form, pins }, packages, testCtx());
    expect(file.sha256).toBe(sha256(wheel));
  });

  it('says PACKAGE_NOT_FOUND with the host when there is no wheel for this machine', async () => {
    await using space = await createWorkspace();
    await using index = await startPackageIndex({ tool: { 'tool-1.0-py3-none-win_amd64.whl': wheel } });
    await using source = createPackageSource(space.deps({ indexUrl: index.url }));
    const packages = await source.open(testCtx());
    const form = { kind: 'wheel', machine: packages.machine } as const;
    await expect(findPackage({ name: 'tool', version: '1.0', form }, packages, testCtx())).rejects.toMatchObject({
      code: 'PACKAGE_NOT_FOUND',
      message: expect.stringContaining('no wheel for this machine'),
    });
  });
});

describe('the sources of hibana', () => {
  it('name the host of the default index in one place', async () => {
    const folders = ['cli', 'runtime', 'builder-images', 'templates'];
    const root = join(import.meta.dirname, '../../../..');
    const lists = folders.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true }));
    const files = (await Promise.all(lists)).flat().filter((entry) => entry.isFile());
    const host = ['pypi', 'org'].join('.');
    const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')));
    expect(texts.filter((text) => text.includes(host))).toHaveLength(1);
  });
});
