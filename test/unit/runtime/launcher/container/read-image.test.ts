import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMAGE_PATHS } from '../../../../../runtime/core/image-layout.ts';
import { imageRootOf } from '../../../../../runtime/launcher/container/image-root.ts';
import { readImage } from '../../../../../runtime/launcher/container/read-image.ts';
import { launchRequestFor } from '../../../../helpers/requests.ts';
import { toolError } from '../../../cli/config/settings-of.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hibana-image-'));
});

afterEach(() => rm(root, { recursive: true }));

const TOOLCHAIN = {
  version: 1,
  spark: '4.2.2',
  classPath: '/opt/spark/jars/*',
  javaRelease: 21,
  javaHasVectorModule: false,
  python: '/usr/local/bin/python3.12',
  pythonMinor: '3.12',
};

async function put(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('readImage()', () => {
  it('finds everything under the root, packages if there are any, and runs the Spark that is there', async () => {
    await put(IMAGE_PATHS.descriptor, launchRequestFor({ app: { spark: '4.2.1' } }).app);
    await put(IMAGE_PATHS.toolchain, TOOLCHAIN);
    const bare = await readImage(root);
    expect(bare).toMatchObject({
      pythonCommand: 'python3.12',
      natives: null,
      app: { spark: '4.2.2', entry: 'app.py' },
    });
    expect(bare.layout).toMatchObject({
      spark: `${root}/opt/spark`,
      java: `${root}/opt/java`,
      pythonPath: [`${root}/opt/app-root/deps`, `${root}/opt/spark/python`],
      jars: [],
    });
    await put(join(IMAGE_PATHS.packages, 'packages.json'), {
      ...{ version: 1, jars: ['b.jar', 'a.jar'], pythonJars: ['a.jar'], classPathJars: [] },
    });
    await mkdir(join(root, IMAGE_PATHS.natives), { recursive: true });
    const { layout, natives } = await readImage(root);
    expect(layout.jars).toEqual([`${root}/opt/app-root/jars/b.jar`, `${root}/opt/app-root/jars/a.jar`]);
    expect(natives).toBe(`${root}/opt/spark/native`);
  });

  it.each([
    ['no descriptor', {}, /it has no \/opt\/app-root\/hibana.json/],
    ['no toolchain', { [IMAGE_PATHS.descriptor]: launchRequestFor().app }, /it has no \/opt\/hibana\/toolchain.json/],
    ['half a descriptor', { [IMAGE_PATHS.descriptor]: '{"version":1' }, /hibana.json/],
    ['a later descriptor', { [IMAGE_PATHS.descriptor]: { ...launchRequestFor().app, version: 2 } }, /hibana.json/],
  ])('says what is wrong with %s', async (_what, files, message) => {
    for (const [path, content] of Object.entries(files)) await put(path, content);
    await expect(readImage(root)).rejects.toEqual(toolError('IMAGE_INCOMPLETE', message));
  });
});

describe('imageRootOf()', () => {
  it.each([
    ['/hibana/launcher.mjs', ''],
    ['/tmp/root/hibana/launcher.mjs', '/tmp/root'],
    ['/src/hibana/dist/launcher/main.mjs', undefined],
  ])('%s', (program, root) => {
    expect(imageRootOf(program)).toBe(root);
  });
});
