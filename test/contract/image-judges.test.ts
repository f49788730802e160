import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, chown, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parsePlatform } from '../../cli/image/choose-platform.ts';
import { directorySource } from '../../cli/image/directory-source.ts';
import type { ImageStore } from '../../cli/image/image-store.ts';
import type { LayerSource } from '../../cli/image/layer-source.ts';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { type PackBase, packImage } from '../../cli/image/pack-image.ts';
import { packIndex } from '../../cli/image/pack-index.ts';
import { readImage } from '../../cli/image/read-image.ts';
import { findExecutables } from '../../cli/toolchain/find-executables.ts';
import { testCtx } from '../helpers/ctx.ts';
import { fileEntry, layerSource, whiteoutEntry } from '../helpers/layer-sources.ts';
import { describeWith } from '../helpers/requires.ts';

const run = promisify(execFile);
const amd64 = parsePlatform('amd64');

async function has(...programs: readonly string[]): Promise<boolean> {
  const found = await Promise.all(programs.map((program) => findExecutables(program, process.env)));
  return found.every(({ length }) => length > 0);
}

let folder: string;
let tree: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-judges-'));
  tree = join(folder, 'tree');
  await makeTree();
});
afterAll(() => rm(folder, { recursive: true }));

/** Whatever a layer may hold: owners, modes, links, long and odd names. */
async function makeTree(): Promise<void> {
  const deep = join(tree, 'd'.repeat(99), 'e'.repeat(99));
  await mkdir(join(tree, 'etc'), { recursive: true });
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, 'f'.repeat(100)), 'a path of 300 bytes');
  await writeFile(join(tree, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  await writeFile(join(tree, 'etc/empty'), '');
  await writeFile(join(tree, 'etc/block'), Buffer.alloc(512, 'b'));
  await writeFile(join(tree, 'large'), Buffer.alloc(3_000_001, 'large'));
  await writeFile(join(tree, 'größe'), 'utf-8');
  await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x6f, 0xff, 0xfe])]), 'no utf-8');
  await symlink('../nowhere', join(tree, 'etc/dangling'));
  await symlink('x'.repeat(200), join(tree, 'long-link'));
  await link(join(tree, 'large'), join(tree, 'etc/hard'));
  await chown(join(tree, 'etc/empty'), 1001, 42);
  await chmod(join(tree, 'etc/empty'), 0o4751);
  await chmod(join(tree, 'etc'), 0o2770);
}

function sourceOf(options: Partial<Parameters<typeof directorySource>[0]> = {}): LayerSource {
  const kept = { owner: 'kept', keepHardLinks: true } as const;
  return directorySource({ kind: 'root', key: null, createdBy: 'a tree', dir: tree, prefix: '', ...kept, ...options });
}

async function pack(store: ImageStore, layers: readonly LayerSource[], tag: string, base?: PackBase) {
  const scratch = await mkdtemp(join(folder, 'scratch-'));
  const request = { layers, destination: store, tags: [tag], scratch };
  const changes = { env: { PATH: '/bin' }, labels: { mine: 'x' }, user: '1001:0', cmd: ['sh'] };
  return packImage({ ...request, base: base ?? { kind: 'scratch', platform: amd64 }, changes }, testCtx());
}

/** Kind, mode, owner, time and content of everything, by path. */
function facts(root: string): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  const walk = (at: Buffer) => {
    for (const name of readdirSync(at, { encoding: 'buffer' })) {
      const path = Buffer.concat([at, Buffer.from('/'), name]);
      const { mode, uid, gid, nlink } = lstatSync(path);
      const stats = lstatSync(path);
      const content = stats.isSymbolicLink()
        ? readlinkSync(path)
        : stats.isFile()
          ? readFileSync(path).toString('latin1').slice(0, 100)
          : '';
      const links = stats.isFile() ? nlink : 0;
      found[path.subarray(Buffer.byteLength(root)).toString('latin1')] = {
        mode: mode.toString(8),
        uid,
        gid,
        links,
        content,
      };
      if (stats.isDirectory()) walk(path);
    }
  };
  walk(Buffer.from(root));
  return found;
}

const hasUmoci = process.getuid?.() === 0 && (await has('umoci'));

describeWith('umoci', hasUmoci)('umoci', () => {
  it('unpacks every file as it was, with one time', async () => {
    const layout = join(folder, 'unpack');
    await pack(createLayoutStore({ folder: layout, pid: process.pid }), [sourceOf()], 'v1');
    await run('umoci', ['unpack', '--image', `${layout}:v1`, join(folder, 'bundle')]);
    const root = join(folder, 'bundle/rootfs');
    expect(facts(root)).toEqual(facts(tree));
    expect(lstatSync(join(root, 'etc/passwd')).mtime.toISOString()).toBe('1980-01-02T00:00:00.000Z');
  });

  it('unpacks layers on layers: parents as they were, deletions done', async () => {
    const layout = join(folder, 'layers');
    const store = createLayoutStore({ folder: layout, pid: process.pid });
    await pack(store, [sourceOf()], 'base');
    const image = await readImage({ store, reference: 'base', platform: amd64, name: 'base' }, testCtx());
    if (image === undefined) throw new Error('There is no base');
    const parents = { etc: { mode: 0o2770, uid: 0, gid: 0 } };
    const change = layerSource([fileEntry('etc/new', 'new'), whiteoutEntry('large'), whiteoutEntry('etc/block')], {
      parents,
    });
    await pack(store, [change], 'app', { kind: 'image', name: 'base', image, store, ref: null });
    await run('umoci', ['unpack', '--image', `${layout}:app`, join(folder, 'app')]);
    const { '/large': _, '/etc/block': __, ...left } = facts(tree);
    const owner = { uid: 1001, gid: 0 };
    expect(facts(join(folder, 'app/rootfs'))).toEqual({
      ...left,
      '/etc/hard': { ...(left['/etc/hard'] as object), links: 1 },
      '/etc/new': { mode: '100664', ...owner, links: 1, content: 'new' },
    });
  });
});

describeWith('skopeo', await has('skopeo'))('skopeo', () => {
  it('says of an image what was put into it', async () => {
    const layout = join(folder, 'inspect');
    const packed = await pack(createLayoutStore({ folder: layout, pid: process.pid }), [sourceOf()], 'v1');
    const { stdout } = await run('skopeo', ['inspect', `oci:${layout}:v1`]);
    expect(JSON.parse(stdout)).toMatchObject({
      Digest: packed.descriptor.digest,
      Architecture: 'amd64',
      Os: 'linux',
      Created: '1980-01-02T00:00:00Z',
      Labels: { mine: 'x' },
      Env: ['PATH=/bin'],
      Layers: [packed.layers[0]?.digest],
    });
  });

  it('copies an image from one layout to another, and its bytes stay the same', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    const packed = await pack(createLayoutStore({ folder: from, pid: process.pid }), [sourceOf()], 'v1');
    await run('skopeo', ['copy', `oci:${from}:v1`, `oci:${to}:v1`]);
    const copied = createLayoutStore({ folder: to, pid: process.pid });
    expect(await copied.resolve('v1', testCtx())).toBe(packed.descriptor.digest);
    // And ours reads what skopeo wrote, and adds to it.
    await pack(copied, [layerSource([fileEntry('x', 'y')])], 'v2');
    const { stdout } = await run('skopeo', ['inspect', `oci:${to}:v1`]);
    expect(JSON.parse(stdout).Digest).toBe(packed.descriptor.digest);
  });

  it('turns an image into one of Docker’s family and back, with the same layers', async () => {
    const layout = join(folder, 'formats');
    const packed = await pack(createLayoutStore({ folder: layout, pid: process.pid }), [sourceOf()], 'v1');
    await run('skopeo', ['copy', '--format', 'v2s2', `oci:${layout}:v1`, `dir:${join(folder, 'docker')}`]);
    const { stdout } = await run('skopeo', ['inspect', '--raw', `dir:${join(folder, 'docker')}`]);
    expect(JSON.parse(stdout).layers.map(({ digest }: { digest: string }) => digest)).toEqual(
      packed.layers.map(({ digest }) => digest),
    );
  });

  it('finds in an index the image of each architecture', async () => {
    const layout = join(folder, 'index');
    const store = createLayoutStore({ folder: layout, pid: process.pid });
    const images = [];
    for (const architecture of ['amd64', 'arm64']) {
      const base = { kind: 'scratch', platform: parsePlatform(architecture) } as const;
      images.push(await pack(store, [layerSource([fileEntry('x', architecture)])], architecture, base));
    }
    await packIndex({ images, destination: store, tags: ['v1'] }, testCtx());
    for (const [at, architecture] of ['amd64', 'arm64'].entries()) {
      const choice = ['--override-os', 'linux', '--override-arch', architecture];
      const { stdout } = await run('skopeo', [...choice, 'inspect', `oci:${layout}:v1`]);
      expect(JSON.parse(stdout)).toMatchObject({ Architecture: architecture, Layers: [images[at]?.layers[0]?.digest] });
    }
  });
});
