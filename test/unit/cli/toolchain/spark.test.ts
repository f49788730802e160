import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPackageSource, type ToolchainDeps } from '../../../../cli/toolchain/deps.ts';
import { prepareSpark, type SparkFolders } from '../../../../cli/toolchain/spark.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { startPackageIndex } from '../../../helpers/package-index.ts';
import { itWith } from '../../../helpers/requires.ts';
import { createWorkspace, sparkArchive } from './fake-packages.ts';

const VERSION = '4.2.99';
const NAME = `pyspark-${VERSION}.tar.gz`;
const archive = await sparkArchive(VERSION);

async function prepare(deps: ToolchainDeps): Promise<SparkFolders> {
  await using source = createPackageSource(deps);
  return await prepareSpark({ version: VERSION, python: null }, source, deps, testCtx());
}

describe('prepareSpark()', () => {
  it('unpacks what is needed, with packages as files and one time for all', async () => {
    await using space = await createWorkspace();
    await using index = await startPackageIndex({ pyspark: { [NAME]: archive } });
    const { home, pythonPath } = await prepare(space.deps({ indexUrl: index.url }));
    expect((await readdir(home)).toSorted()).toEqual(['bin', 'jars', 'python']);
    expect(await readdir(join(home, 'bin'))).toEqual(['spark-submit']);
    expect(await readdir(join(home, 'jars'))).toEqual(['spark-core_2.13.jar']);
    expect((await stat(join(home, 'jars', 'spark-core_2.13.jar'))).mtime.toISOString()).toBe(
      '1980-01-01T00:00:00.000Z',
    );
    const program = 'import py4j, pyspark; print(pyspark.__version__)';
    const options = { env: { PYTHONPATH: pythonPath, PATH: process.env.PATH }, encoding: 'utf8' } as const;
    expect(execFileSync('python3', ['-c', program], options).trim()).toBe(VERSION);
    // Where Spark itself looks for them.
    expect(await readFile(join(home, 'python', 'lib', 'pyspark.zip', 'py4j', '__init__.py'), 'utf8')).toBe('');
    expect(await readdir(join(home, '..'))).not.toContain('archive');
  });

  it('needs no network the second time', async () => {
    await using space = await createWorkspace();
    const index = await startPackageIndex({ pyspark: { [NAME]: archive } });
    const deps = space.deps({ indexUrl: index.url });
    const first = await prepare(deps);
    await index[Symbol.asyncDispose]();
    expect(await prepare(deps)).toEqual(first);
  });

  it.each([
    ['another hash', { hash: 'wrong' }, 'HASH_MISMATCH'],
    ['no hash', { hash: 'none' }, 'PACKAGE_NOT_FOUND'],
    ['a refusal', { login: 'a:b' }, 'INDEX_AUTH'],
    ['an error', { status: 404 }, 'PACKAGE_NOT_FOUND'],
  ] as const)('uses nothing of an index with %s', async (_, behaviour, code) => {
    await using space = await createWorkspace();
    await using index = await startPackageIndex({ pyspark: { [NAME]: archive } }, behaviour);
    const deps = space.deps({ indexUrl: index.url });
    await expect(prepare(deps)).rejects.toMatchObject({ code });
    expect(await readdir(join(deps.cache, 'spark'))).toEqual([]);
  });

  it.each([
    ['is no archive', Buffer.from('<html>Please log in</html>'), 'HASH_MISMATCH'],
    ['ends early', archive.subarray(0, 100_000), 'HASH_MISMATCH'],
  ])('refuses a file that %s', async (_, bytes, code) => {
    await using space = await createWorkspace();
    await using index = await startPackageIndex({ pyspark: { [NAME]: bytes } });
    const deps = space.deps({ indexUrl: index.url });
    await expect(prepare(deps)).rejects.toMatchObject({ code });
    expect(await readdir(join(deps.cache, 'spark'))).toEqual([]);
  });

  const isRoot = process.getuid?.() === 0;
  itWith('root', isRoot)(
    'says DISK_FULL on a full disk and uses nothing of it later (as root: a small tmpfs)',
    async () => {
      await using space = await createWorkspace();
      await using index = await startPackageIndex({ pyspark: { [NAME]: archive } });
      const deps = space.deps({ indexUrl: index.url });
      await mkdir(deps.cache);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'none', deps.cache]);
      try {
        await expect(prepare(deps)).rejects.toMatchObject({ code: 'DISK_FULL' });
        expect(await readdir(join(deps.cache, 'spark')).catch(() => [])).toEqual([]);
      } finally {
        execFileSync('umount', [deps.cache]);
      }
      await rm(deps.cache, { recursive: true });
      expect((await prepare(deps)).home).toContain(VERSION);
    },
  );
});
