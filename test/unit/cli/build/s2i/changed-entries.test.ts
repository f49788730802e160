import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildContainer, ContainerChange } from '../../../../../cli/build/s2i/build-container.ts';
import { archivesToFetch, changedEntries } from '../../../../../cli/build/s2i/changed-entries.ts';
import type { LayerEntry } from '../../../../../cli/image/layer-source.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'hibana-changes-'));
});
afterEach(() => rm(scratch, { recursive: true }));

interface Member {
  readonly path: string;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'FIFO' | 'ExtendedHeader';
  readonly content?: string;
  readonly link?: string;
}

function archiveOf(members: readonly Member[]): Readable {
  const blocks = members.flatMap(({ path, type = 'File', content = '', link }) => {
    const header = new Header({
      path,
      type,
      mode: 0o640,
      uid: 7,
      gid: 8,
      size: content.length,
      ...(link === undefined ? {} : { linkpath: link }),
    });
    const block = Buffer.alloc(512);
    header.encode(block);
    const padded = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    padded.write(content, 'latin1');
    return [block, padded];
  });
  return Readable.from([Buffer.concat([...blocks, Buffer.alloc(1_024)])]);
}

/** A container that has these archives and no others. */
function containerWith(
  changes: readonly ContainerChange[],
  archives: Readonly<Record<string, readonly Member[]>>,
): BuildContainer {
  return {
    input: new Writable(),
    ended: Promise.resolve(0),
    changes: async () => changes,
    readArchive: async (path, read) => {
      const members = archives[path];
      if (members === undefined) throw new Error(`asked for ${path}`);
      return read(archiveOf(members));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const added = (path: string): ContainerChange => ({ path, kind: 'added' });
const modified = (path: string): ContainerChange => ({ path, kind: 'modified' });
const deleted = (path: string): ContainerChange => ({ path, kind: 'deleted' });

async function textOf(entry: LayerEntry): Promise<string> {
  if (entry.kind === 'directory') return 'directory';
  if (entry.kind === 'whiteout') return 'deleted';
  if (entry.kind !== 'file') return `${entry.kind} ${entry.target}`;
  const { content } = entry;
  if (content.kind === 'bytes') return Buffer.from(content.bytes).toString();
  if (content.kind === 'path') throw new Error('no file of this machine');
  return Buffer.concat(await Array.fromAsync(content.open())).toString();
}

async function changesOf(container: BuildContainer, except: readonly string[] = [], ctx = testCtx()) {
  const entries = await changedEntries(container, { except, scratch }, ctx);
  return Object.fromEntries(
    await Promise.all(entries.map(async (entry) => [entry.path.toString(), await textOf(entry)] as const)),
  );
}

describe('changedEntries()', () => {
  it('gives what was added, changed and deleted, with the attributes that it has there', async () => {
    const changes = [
      modified('/opt'),
      modified('/opt/old'),
      added('/opt/new'),
      added('/opt/new/f'),
      deleted('/opt/gone'),
    ];
    const container = containerWith(changes, {
      '/opt': [
        { path: 'opt/', type: 'Directory' },
        { path: 'opt/same', content: 'same' },
      ],
      '/opt/old': [{ path: 'old', content: 'changed' }],
      '/opt/new': [
        { path: 'new/', type: 'Directory' },
        { path: 'new/f', content: 'f' },
      ],
    });
    expect(await changesOf(container)).toEqual({
      opt: 'directory',
      'opt/old': 'changed',
      'opt/new': 'directory',
      'opt/new/f': 'f',
      'opt/gone': 'deleted',
    });
    const [first] = await changedEntries(container, { except: [], scratch }, testCtx());
    expect(first).toMatchObject({ mode: 0o640, uid: 7, gid: 8 });
  });

  it('leaves out what the daemon puts into every container, and what is not wanted, with all below it', async () => {
    const changes = [
      modified('/etc/hosts'),
      added('/.dockerenv'),
      added('/run/secrets'),
      added('/tmp/src'),
      added('/tmp/src/a'),
    ];
    expect(await changesOf(containerWith(changes, {}), ['/tmp/src'])).toEqual({});
    const mounted = [added('/run'), added('/run/secrets'), added('/run/secrets/x')];
    expect(await changesOf(containerWith(mounted, {}))).toEqual({});
    const near = containerWith([added('/tmp/srcs')], { '/tmp/srcs': [{ path: 'srcs', content: 'x' }] });
    expect(await changesOf(near, ['/tmp/src'])).toEqual({ 'tmp/srcs': 'x' });
  });

  it('keeps links, and makes a file of a hard link to what is not in the layer or comes later in it', async () => {
    const changes = [added('/d'), added('/d/a'), added('/d/b'), added('/d/c'), added('/d/s')];
    const members: readonly Member[] = [
      { path: 'd/', type: 'Directory' },
      { path: 'd/below', content: 'below' },
      { path: 'd/b', content: 'text' },
      { path: 'd/c', type: 'Link', link: 'd/b' },
      { path: 'd/a', type: 'Link', link: 'd/b' },
      { path: 'd/s', type: 'SymbolicLink', link: '../elsewhere' },
    ];
    expect(await changesOf(containerWith(changes, { '/d': members }))).toEqual({
      d: 'directory',
      'd/a': 'text',
      'd/b': 'text',
      'd/c': 'hardlink d/b',
      'd/s': 'symlink ../elsewhere',
    });
    const lone = containerWith([added('/d'), added('/d/x')], {
      '/d': [
        { path: 'd/', type: 'Directory' },
        { path: 'd/old', content: 'old' },
        { path: 'd/x', type: 'Link', link: 'd/old' },
      ],
    });
    expect(await changesOf(lone)).toEqual({ d: 'directory', 'd/x': 'old' });
  });

  it('reads of a folder that was there before no more than its attributes', async () => {
    const endless = async function* () {
      for await (const chunk of archiveOf([{ path: 'usr/', type: 'Directory' }])) yield chunk.subarray(0, 512);
      for (let index = 0; index < 10_000; index += 1) yield Buffer.alloc(65_536);
      throw new Error('read to the end');
    };
    const readArchive: BuildContainer['readArchive'] = (_path, read) => read(Readable.from(endless()));
    const container = { ...containerWith([modified('/usr')], {}), readArchive };
    expect(await changesOf(container)).toEqual({ usr: 'directory' });
  });

  it('leaves out a pipe, with a notice', async () => {
    const ctx = testCtx();
    const container = containerWith([added('/p')], { '/p': [{ path: 'p', type: 'FIFO' }] });
    expect(await changesOf(container, [], ctx)).toEqual({});
    expect(ctx.events).toMatchObject([{ type: 'notice', level: 'warning' }]);
  });

  /** As docker writes it: the name in a header of its own, and what of it is ASCII in the old one. */
  const named = (name: Buffer, field = 'path'): readonly Member[] => {
    const record = Buffer.concat([Buffer.from(` ${field}=`), name, Buffer.from('\n')]);
    const content = `${record.length + 2}${record.toString('latin1')}`;
    const ascii = name.toString('latin1').replace(/[^ -~]/g, '');
    const link = field === 'path' ? {} : ({ type: 'SymbolicLink', link: ascii } as const);
    return [
      { path: 'PaxHeaders', type: 'ExtendedHeader', content },
      field === 'path' ? { path: ascii, content: 'odd' } : { path: 'd/link', ...link },
    ];
  };
  const folder = { path: 'd/', type: 'Directory' } as const;

  it.each([
    ['whose bytes are no UTF-8', Buffer.from('d/ab\xff', 'latin1'), '/d/ab\ufffd'],
    ['with a line break', Buffer.from('d/a\nb'), '/d/a\nb'],
  ])('refuses a name %s, and does not take the file for another', async (_what, name, path) => {
    const archive = { '/d': [folder, { path: 'd/ab', content: 'right' }, ...named(name)] };
    const container = containerWith([added('/d'), added('/d/ab'), added(path)], { ...archive, [path]: named(name) });
    await expect(changesOf(container)).rejects.toMatchObject({ code: 'LAYER_INVALID', details: { path } });
    const inBase = containerWith([added('/d'), added('/d/ab')], archive);
    expect(await changesOf(inBase)).toEqual({ d: 'directory', 'd/ab': 'right' });
  });

  it('refuses a link whose target is no UTF-8', async () => {
    const target = named(Buffer.from('to\xff', 'latin1'), 'linkpath');
    const container = containerWith([added('/d'), added('/d/link')], { '/d': [folder, ...target] });
    await expect(changesOf(container)).rejects.toMatchObject({ code: 'LAYER_INVALID', details: { path: '/d/link' } });
  });

  it('leaves out a socket, which is in no archive, with a notice', async () => {
    const ctx = testCtx();
    const container = containerWith([added('/d'), added('/d/s')], { '/d': [folder], '/d/s': [] });
    expect(await changesOf(container, [], ctx)).toEqual({ d: 'directory' });
    expect(ctx.events).toMatchObject([{ type: 'notice', level: 'warning' }]);
  });

  it('refuses a name that is no UTF-8', async () => {
    const container = containerWith([added('/\ufffd')], { '/\ufffd': [{ path: '\ufffd', content: 'x' }] });
    await expect(changesOf(container)).rejects.toMatchObject({ code: 'LAYER_INVALID' });
  });
});

describe('archivesToFetch()', () => {
  it('asks for a new folder once, and for a folder in which much has changed instead of each file', () => {
    const many = Array.from({ length: 20 }, (_, index) => modified(`/lib/${index}`));
    const changes = [
      modified('/'),
      modified('/lib'),
      ...many,
      modified('/etc'),
      added('/etc/new'),
      added('/etc/new/a'),
      deleted('/old'),
    ];
    expect(archivesToFetch(changes)).toEqual([
      { path: '/', isFolderAlone: true },
      { path: '/etc', isFolderAlone: true },
      { path: '/etc/new', isFolderAlone: false },
      { path: '/lib', isFolderAlone: false },
    ]);
  });
});

it('takes the time that the changes take, however many are left out', async () => {
  const many = 20_000;
  const changes = [
    { path: '/tmp', kind: 'modified' },
    { path: '/tmp/src', kind: 'added' },
    { path: '/made', kind: 'modified' },
    ...Array.from({ length: many }, (_, at) => ({ path: `/tmp/src/file-${at}`, kind: 'added' }) as const),
    ...Array.from({ length: many }, (_, at) => ({ path: `/made/file-${at}`, kind: 'deleted' }) as const),
  ] as const;
  const container: BuildContainer = {
    input: new Writable(),
    ended: Promise.resolve(0),
    changes: async () => changes,
    readArchive: async (path, read) => read(archiveOf([{ path: path.slice(1), type: 'Directory' }])),
    [Symbol.asyncDispose]: async () => {},
  };
  const startedAt = performance.now();
  await changedEntries(container, { except: ['/tmp/src'], scratch: tmpdir() }, testCtx());
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
