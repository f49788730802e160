import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sparkClassPath } from '../../../../cli/toolchain/class-path.ts';

it('sparkClassPath() has busy jars first, and ends as a worker makes it', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hibana-class-path-'));
  const jars = join(home, 'jars');
  await mkdir(jars);
  for (const name of [
    'zstd-jni-1.jar',
    'spark-core_2.13-4.2.1.jar',
    'slf4j-api-2.0.jar',
    'spark-catalyst_2.13-4.2.1.jar',
  ])
    await writeFile(join(jars, name), '');
  expect((await sparkClassPath(home)).split(':')).toEqual([
    join(jars, 'slf4j-api-2.0.jar'),
    join(jars, 'spark-catalyst_2.13-4.2.1.jar'),
    join(jars, 'spark-core_2.13-4.2.1.jar'),
    join(home, 'conf'),
    join(jars, '*'),
  ]);
  await rm(home, { recursive: true });
});
