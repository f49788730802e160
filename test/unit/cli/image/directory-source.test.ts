import { chmod, cp, link, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryOptions, directorySource } from '../../../../cli/image/directory-source.ts';
import { writeLayer } from '../../../../cli/image/layer/write-layer.ts';
import type { LayerEntry } from '../../../../cli/image/layer-source.ts';
import { testCtx } from '../../../helpers/ctx.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tree-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function entriesOf(options: Partial<DirectoryOptions> = {}, ctx = testCtx()): Promise<readonly LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for await (const entry of source(options).entries(ctx)) entries.push(entry);
  return entries.sort((a, b) => a.path.compare(b.path));
}

function source(options: Partial<DirectoryOptions> = {}) {
  return directorySource({ kind: 'app', key: null, createdBy: 'test', dir, prefix: '', ...options });
}

async function diffIdOf(options: Partial<DirectoryOptions> = {}): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'scratch-'));
  try {
    return (await writeLayer(source(options), { scratch }, testCtx())).layer.diffId;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function pathsOf(entries: readonly LayerEntry[]): readonly string[] {
  return entries.map(({ kind, path }) => `${kind} ${path.toString('latin1')}`);
}

async function makeTree(at = dir): Promise<void> {
  await mkdir(join(at, 'a/b'), { recursive: true });
  await writeFile(join(at, 'a/file'), 'one');
  await writeFile(join(at, 'a/b/run.sh'), 'two', { mode: 0o755 });
  await symlink('/etc/passwd', join(at, 'a/link'));
}

describe('directorySource()', () => {
  it('lists everything below its prefix, links as they are', async () => {
    await makeTree();
    const entries = await entriesOf({ prefix: 'opt/app' });
    expect(pathsOf(entries)).toEqual([
      'directory opt/app',
      'directory opt/app/a',
      'directory opt/app/a/b',
      'file opt/app/a/b/run.sh',
      'file opt/app/a/file',
      'symlink opt/app/a/link',
    ]);
    expect(entries.at(-1)).toMatchObject({ target: Buffer.from('/etc/passwd'), mode: 0o777, uid: 1001, gid: 0 });
  });

  it('leaves the folder it goes into as the base has it', async () => {
    await makeTree();
    const parents = { 'opt/app': { mode: 0o2775, uid: 7, gid: 7 } };
    expect(pathsOf(await entriesOf({ prefix: 'opt/app', parents }))).not.toContain('directory opt/app');
    expect(source({ prefix: 'opt/app', parents }).parents).toEqual(parents);
  });

  it.each([
    [0o644, 0o664],
    [0o664, 0o664],
    [0o600, 0o664],
    [0o755, 0o775],
    [0o700, 0o775],
    [0o444, 0o444],
    [0o555, 0o555],
    [0o666, 0o664],
    [0o4755, 0o775],
    [0o2755, 0o775],
    [0o1644, 0o664],
  ])('makes of a file’s mode %o %o', async (mode, normal) => {
    await writeFile(join(dir, 'file'), '');
    await chmod(join(dir, 'file'), mode);
    expect(await entriesOf()).toMatchObject([{ mode: normal, uid: 1001, gid: 0 }]);
    expect(await entriesOf({ owner: { uid: 5, gid: 6 } })).toMatchObject([{ mode: normal, uid: 5, gid: 6 }]);
    expect(await entriesOf({ owner: 'kept' })).toMatchObject([
      { mode, uid: process.getuid?.(), gid: process.getgid?.() },
    ]);
  });

  it('says which set-id bits it takes off', async () => {
    await writeFile(join(dir, 'su'), '');
    await chmod(join(dir, 'su'), 0o4755);
    const ctx = testCtx();
    await entriesOf({}, ctx);
    expect(ctx.events).toEqual([
      {
        type: 'notice',
        level: 'warning',
        message: 'Took the set-user-id or set-group-id bit off in the layer app: "su"',
      },
    ]);
  });

  it.each([0o755, 0o775, 0o700, 0o2775, 0o1777])('makes of a folder’s mode %o 775, without a word', async (mode) => {
    await mkdir(join(dir, 'folder'));
    await chmod(join(dir, 'folder'), mode);
    const ctx = testCtx();
    expect(await entriesOf({}, ctx)).toMatchObject([{ mode: 0o775 }]);
    expect(ctx.events).toEqual([]);
  });

  it('leaves sockets out and says so', async () => {
    const server = createServer().listen(join(dir, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const ctx = testCtx();
    expect(await entriesOf({}, ctx)).toEqual([]);
    expect(ctx.events).toEqual([
      {
        type: 'notice',
        level: 'warning',
        message: 'Left out of the layer app, because it is no file, folder or link: "socket"',
      },
    ]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('leaves out what it is told to, and asks nothing about what is in it', async () => {
    await makeTree();
    const asked: string[] = [];
    const exclude = (path: string, isDirectory: boolean) => {
      asked.push(`${path}${isDirectory ? '/' : ''}`);
      return path === 'a/b' || path === 'a/link';
    };
    expect(pathsOf(await entriesOf({ exclude, prefix: 'x' }))).toEqual([
      'directory x',
      'directory x/a',
      'file x/a/file',
    ]);
    expect(asked.sort()).toEqual(['a/', 'a/b/', 'a/file', 'a/link']);
  });

  it('takes names that are no UTF-8, and paths of 300 bytes', async () => {
    const odd = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe])]);
    await writeFile(odd, 'odd');
    const deep = `${'d'.repeat(99)}/${'e'.repeat(99)}/${'f'.repeat(100)}`;
    await mkdir(join(dir, deep, '..'), { recursive: true });
    await writeFile(join(dir, deep), 'deep');
    expect(pathsOf(await entriesOf())).toEqual([
      `directory ${'d'.repeat(99)}`,
      `directory ${'d'.repeat(99)}/${'e'.repeat(99)}`,
      `file ${deep}`,
      'file \xff\xfe',
    ]);
    expect(await diffIdOf()).toMatch(/^sha256:/);
  });

  it('copies hard links, or keeps those within the folder if it is told to', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await writeFile(join(outside, 'file'), 'outside');
    await link(join(outside, 'file'), join(dir, 'from-outside'));
    await writeFile(join(dir, 'z'), 'inside');
    await link(join(dir, 'z'), join(dir, 'b'));
    await link(join(dir, 'z'), join(dir, 'c'));
    expect(pathsOf(await entriesOf())).toEqual(['file b', 'file c', 'file from-outside', 'file z']);
    const kept = await entriesOf({ keepHardLinks: true });
    expect(pathsOf(kept)).toEqual(['file b', 'hardlink c', 'file from-outside', 'hardlink z']);
    expect(kept[3]).toMatchObject({ target: Buffer.from('b') });
    expect(await diffIdOf({ keepHardLinks: true })).not.toBe(await diffIdOf());
    await rm(outside, { recursive: true });
  });

  it('makes one layer of one content, in other folders, at other times, with another umask', async () => {
    await makeTree();
    const copy = await mkdtemp(join(tmpdir(), 'copy-'));
    await cp(dir, copy, { recursive: true, verbatimSymlinks: true });
    await utimes(join(copy, 'a/file'), 1, 1);
    await chmod(join(copy, 'a/file'), 0o600);
    await chmod(join(copy, 'a/b'), 0o700);
    expect(await diffIdOf({ dir: copy })).toBe(await diffIdOf());
    await writeFile(join(copy, 'a/file'), 'two');
    expect(await diffIdOf({ dir: copy })).not.toBe(await diffIdOf());
    await rm(copy, { recursive: true });
  });

  it('refuses a folder with a name that deletes', async () => {
    await writeFile(join(dir, '.wh.x'), '');
    await expect(diffIdOf()).rejects.toMatchObject({
      code: 'LAYER_INVALID',
      message: expect.stringContaining('.wh.x'),
    });
  });

  it('says when the folder is not there', async () => {
    await expect(entriesOf({ dir: join(dir, 'nowhere') })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  it('stops when it is aborted', async () => {
    const ctx = testCtx();
    ctx.abort(new Error('enough'));
    await expect(entriesOf({}, ctx)).rejects.toThrow('enough');
  });
});
