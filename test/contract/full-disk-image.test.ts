import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { parsePlatform } from '../../cli/image/choose-platform.ts';
import { directorySource } from '../../cli/image/directory-source.ts';
import { writeLayer } from '../../cli/image/layer/write-layer.ts';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import { testCtx } from '../helpers/ctx.ts';
import { itWith } from '../helpers/requires.ts';
import { canMount, mountSmallDisk } from '../helpers/small-disk.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-full-'));
  const noise = createHash('shake256', { outputLength: 8 * 2 ** 20 })
    .update('noise')
    .digest();
  await writeFile(join(folder, 'large'), noise);
  for (let at = 0; at < 80; at += 1) await writeFile(join(folder, `small-${at}`), noise.subarray(0, 100_000));
});
afterAll(() => rm(folder, { recursive: true }));

function source(exclude: (path: string) => boolean = () => false) {
  return directorySource({ kind: 'app', key: null, createdBy: 'test', dir: folder, prefix: 'app', exclude });
}

describe('on a full disk', () => {
  itWith('root', canMount())('making a layer says DISK_FULL and leaves nothing', async () => {
    using disk = mountSmallDisk(3);
    for (const exclude of [(path: string) => path.startsWith('small'), (path: string) => path === 'large']) {
      await expect(writeLayer(source(exclude), { scratch: disk.path }, testCtx())).rejects.toMatchObject({
        code: 'DISK_FULL',
      });
      expect(await readdir(disk.path)).toEqual([]);
    }
  });

  itWith('root', canMount())('writing a layout says DISK_FULL, and goes on where there is room again', async () => {
    using disk = mountSmallDisk(3);
    const destination = createLayoutStore({ folder: join(disk.path, 'out'), pid: process.pid });
    const base = { kind: 'scratch', platform: parsePlatform('amd64') } as const;
    const pack = async () => {
      const scratch = await mkdtemp(join(tmpdir(), 'hibana-scratch-'));
      const request = { base, layers: [source()], changes: {}, destination, tags: ['v1'], scratch };
      return packImage(request, testCtx()).finally(() => rm(scratch, { recursive: true }));
    };
    await expect(pack()).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect((await readdir(join(disk.path, 'out'))).sort()).toEqual(['blobs', 'oci-layout']);
    disk.grow(64);
    expect((await pack()).isNew).toBe(true);
    expect((await readdir(join(disk.path, 'out'))).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });
});
