import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockJars } from '../../../../cli/jars/jar-lock.ts';
import { jarsWanted } from '../../../../cli/jars/jars-wanted.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);
const SHA256 = '8739c76e681f900923b900c9df0ef75cf421d39cabb54650c4b9ad19b6a76d85';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-jars-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function lock(paths: readonly string[], provided: readonly string[] = []) {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), EMPTY_ZIP);
  }
  const wanted = jarsWanted({ packages: ['org.a:b:1'], excludePackages: [], repositories: [], properties: {} });
  if (wanted === null) throw new Error('nothing is wanted');
  return lockJars({ wanted, folder, provided }, testCtx());
}

describe('lockJars()', () => {
  it.each([
    ['org.a', 'b', '1', null, 'org.a_b-1.jar'],
    ['org.a', 'log4j-1.2-api', '2.20.0', null, 'org.a_log4j-1.2-api-2.20.0.jar'],
    ['org.apache.spark', 'spark-x-0-10_2.13', '4.2.1', null, 'org.apache.spark_spark-x-0-10_2.13-4.2.1.jar'],
    ['com.a_b', 'c', '1.0-alpha-1', 'linux-x86_64', 'com.a_b_c-1.0-alpha-1-linux-x86_64.jar'],
  ])('knows %s %s %s %s', async (group, artifact, version, classifier, file) => {
    const { jars } = await lock([`${group}/${artifact}/${version}/${file}`]);
    expect(jars).toEqual([
      { file, group, artifact, version, classifier, bytes: 22, sha256: SHA256, hasPython: false, hasJdbcDriver: false },
    ]);
    expect(await readdir(folder)).toEqual([file]);
  });

  it('keeps the jars that Spark has not, by name, and nothing else', async () => {
    const paths = ['org.z/z/1/org.z_z-1.jar', 'org.a/b/1/org.a_b-1.jar', 'org.s/s/1/org.s_s-1.jar', 'org.a/b/1/b.pom'];
    const { jars, packages } = await lock(paths, ['s-1.jar']);
    expect(jars.map(({ file }) => file)).toEqual(['org.a_b-1.jar', 'org.z_z-1.jar']);
    expect(packages).toEqual(['org.a:b:1']);
    expect((await readdir(folder)).toSorted()).toEqual(['org.a_b-1.jar', 'org.z_z-1.jar']);
  });

  it('refuses what is no jar, such as the page of a proxy', async () => {
    const path = join(folder, 'org.a/b/1/org.a_b-1.jar');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '<html>Log in</html>');
    await expect(lock([])).rejects.toMatchObject({
      code: 'HASH_MISMATCH',
      message: expect.stringContaining('"org.a_b-1.jar"'),
    });
  });

  it('is of nothing where Ivy put nothing', async () => {
    await rm(folder, { recursive: true });
    expect((await lock([])).jars).toEqual([]);
    await mkdir(folder);
  });
});
