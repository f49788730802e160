import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplicationInput, applicationLayer } from '../../../../../cli/build/host/application-layer.ts';
import type { LayerEntry } from '../../../../../cli/image/layer-source.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

const app: ApplicationInput['app'] = {
  ...{ version: 1, name: 'a', kind: 'job', language: 'python', entry: 'app.py', mainClass: null, spark: '4.2.1' },
  ...{ args: [], conf: {}, packages: [], jars: [], env: {}, port: null },
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hibana-app-layer-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>, name = 'source'): Promise<string> {
  const dir = join(root, name);
  await mkdir(dir, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

function layerOf(dir: string, change: Partial<ApplicationInput> = {}) {
  return applicationLayer({ dir, app, gitignore: true, exclude: [], ...change }, testCtx());
}

async function entriesOf(dir: string, change: Partial<ApplicationInput> = {}): Promise<readonly LayerEntry[]> {
  return Array.fromAsync((await layerOf(dir, change)).entries(testCtx()));
}

async function pathsOf(dir: string, change: Partial<ApplicationInput> = {}): Promise<readonly string[]> {
  const found = await entriesOf(dir, change);
  return found.map(({ path }) => path.toString().replace('opt/app-root/', ''));
}

describe('applicationLayer()', () => {
  it('has the source without git, and the descriptor beside it', async () => {
    const dir = await write({ 'app.py': 'x', 'lib/a.py': 'y', '.git/config': '', '.s2i/environment': 'A=1' });
    await mkdir(join(dir, 'empty'));
    expect(await pathsOf(dir)).toEqual([
      'src/.s2i',
      'src/.s2i/environment',
      'src/app.py',
      'src/empty',
      'src/lib',
      'src/lib/a.py',
      'hibana.json',
    ]);
    const descriptor = (await entriesOf(dir)).at(-1);
    if (descriptor?.kind !== 'file' || descriptor.content.kind !== 'bytes') throw new Error('no file');
    expect(JSON.parse(Buffer.from(descriptor.content.bytes).toString())).toEqual(app);
  });

  it('leaves out what ignore files and excludes say, the strongest last', async () => {
    const files = {
      'app.py': '',
      'a.log': '',
      'keep.log': '',
      'data/x.csv': '',
      'sub/b.log': '',
      'sub/data/y.csv': '',
    };
    const dir = await write({
      ...files,
      '.gitignore': '*.log\n',
      '.s2iignore': 'data/\n',
      '.hibanaignore': '!keep.log\n',
      '.git/HEAD': '',
    });
    const ignoreFiles = ['src/.gitignore', 'src/.hibanaignore', 'src/.s2iignore'];
    expect(await pathsOf(dir)).toEqual([...ignoreFiles, 'src/app.py', 'src/keep.log', 'src/sub', 'hibana.json']);
    expect(await pathsOf(dir, { gitignore: false, exclude: ['sub/', '.*ignore'] })).toEqual([
      'src/a.log',
      'src/app.py',
      'src/keep.log',
      'hibana.json',
    ]);
  });

  it('gives files to the group of random users, and keeps nothing but that one is a program', async () => {
    const dir = await write({ 'app.py': 'x', 'run.sh': 'x' });
    await chmod(join(dir, 'app.py'), 0o4600);
    await chmod(join(dir, 'run.sh'), 0o700);
    expect(await entriesOf(dir)).toMatchObject([
      { kind: 'file', mode: 0o664, uid: 1001, gid: 0 },
      { kind: 'file', mode: 0o775, uid: 1001, gid: 0 },
      { kind: 'file', mode: 0o664, uid: 1001, gid: 0 },
    ]);
  });

  it('keeps links, without the place of the source on this machine', async () => {
    const dir = await write({ 'a/app.py': '' });
    await symlink('app.py', join(dir, 'a', 'near'));
    await symlink(join(dir, 'a', 'app.py'), join(dir, 'a', 'far'));
    await symlink(dir, join(dir, 'a', 'top'));
    const links = (await entriesOf(dir)).filter(({ kind }) => kind === 'symlink');
    expect(links.map((link) => [String(link.path), link.kind === 'symlink' && String(link.target)])).toEqual([
      ['opt/app-root/src/a/far', 'app.py'],
      ['opt/app-root/src/a/near', 'app.py'],
      ['opt/app-root/src/a/top', '..'],
    ]);
  });

  it('leaves out sockets, and keeps names that are no UTF-8', async () => {
    const dir = await write({ 'app.py': '' });
    const odd = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0x61, 0xff])]);
    await writeFile(odd, 'z');
    await using server = createServer().listen(join(dir, 'socket'));
    expect(server.listening).toBe(true);
    const paths = (await entriesOf(dir)).map(({ path }) => path.toString('latin1'));
    expect(paths).toEqual(['opt/app-root/src/app.py', 'opt/app-root/src/a\xff', 'opt/app-root/hibana.json']);
  });

  it('has the same key in another folder, at another time, with another umask', async () => {
    const files = { 'app.py': 'x', 'lib/a.py': 'y' };
    const [one, other] = [await write(files, 'one'), await write(files, 'two/deeper')];
    await utimes(join(other, 'app.py'), 1, 1);
    await chmod(join(other, 'app.py'), 0o600);
    expect((await layerOf(other)).key).toBe((await layerOf(one)).key);
  });

  it.each<[string, (dir: string) => Promise<unknown>]>([
    ['a text', (dir) => writeFile(join(dir, 'app.py'), 'y')],
    ['a name', (dir) => writeFile(join(dir, 'more.py'), '')],
    ['an empty folder', (dir) => mkdir(join(dir, 'more'))],
    ['a program', (dir) => chmod(join(dir, 'app.py'), 0o755)],
    ['a link', (dir) => symlink('app.py', join(dir, 'link'))],
    ['a large file', (dir) => writeFile(join(dir, 'data'), Buffer.alloc(400_000, 1))],
  ])('has another key with %s', async (_name, change) => {
    const dir = await write({ 'app.py': 'x', data: '0'.repeat(400_000) });
    const before = (await layerOf(dir)).key;
    await change(dir);
    expect((await layerOf(dir)).key).not.toBe(before);
  });

  it('has another key for another descriptor', async () => {
    const dir = await write({ 'app.py': 'x' });
    expect((await layerOf(dir, { app: { ...app, args: ['1'] } })).key).not.toBe((await layerOf(dir)).key);
  });

  it('packs what it judged, also when the source is written to meanwhile', async () => {
    const dir = await write({ 'app.py': 'old' });
    const layer = await layerOf(dir);
    await writeFile(join(dir, 'app.py'), 'new');
    const [entry] = await Array.fromAsync(layer.entries(testCtx()));
    expect(entry).toMatchObject({ content: { kind: 'bytes', bytes: Buffer.from('old') } });
  });
});
