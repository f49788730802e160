import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../../../cli/image/digest.ts';
import { writeLayer } from '../../../../../cli/image/layer/write-layer.ts';
import type { FileContent, LayerEntry } from '../../../../../cli/image/layer-source.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import {
  directoryEntry,
  fileEntry,
  hardlinkEntry,
  layerSource,
  owner,
  symlinkEntry,
  whiteoutEntry,
} from '../../../../helpers/layer-sources.ts';

let scratch: string;
let files: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'scratch-'));
  files = await mkdtemp(join(tmpdir(), 'files-'));
});
afterEach(async () => {
  await rm(scratch, { recursive: true });
  await rm(files, { recursive: true });
});

const all = [
  directoryEntry('a'),
  fileEntry('a/text', 'hello\n'),
  fileEntry('a/empty'),
  fileEntry('a/block', Buffer.alloc(512, 'b')),
  hardlinkEntry('b/hard', 'a/text'),
  symlinkEntry('b/soft', '../a/text'),
  whiteoutEntry('c/gone'),
  fileEntry(`long/${'d'.repeat(150)}/${'e'.repeat(150)}`, 'long'),
  fileEntry('ünïcode', 'u'),
];

async function compressedOf(entries: readonly LayerEntry[]) {
  const { layer, made, tarBytes } = await writeLayer(layerSource(entries), { scratch }, testCtx());
  if (made.kind !== 'compressed') throw new Error('The layer is known');
  const bytes = await readFile(made.path);
  return { layer, bytes, tar: gunzipSync(bytes), tarBytes };
}

/** What npm's tar finds in it. */
async function listed(tar: Buffer): Promise<readonly (readonly string[])[]> {
  const found: Promise<readonly string[]>[] = [];
  const onReadEntry = (entry: ReadEntry) => {
    const { type, path, linkpath = '' } = entry;
    found.push(entry.concat().then((bytes) => [type, path, type === 'File' ? bytes.toString() : linkpath]));
  };
  const parser = new Parser({ onReadEntry, strict: true });
  const ended = new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject));
  parser.end(tar);
  await ended;
  return Promise.all(found);
}

function onDisk(path: string, file: string, size: number): LayerEntry {
  return { kind: 'file', path: Buffer.from(path), mode: 0o644, ...owner, size, content: { kind: 'path', path: file } };
}

describe('writeLayer()', () => {
  it('writes an archive that another program reads, with its digests and sizes', async () => {
    const { layer, bytes, tar, tarBytes } = await compressedOf(all);
    expect(layer).toEqual({
      kind: 'app',
      key: null,
      diffId: digestOf(tar),
      digest: digestOf(bytes),
      bytes: bytes.length,
    });
    expect(tarBytes).toBe(tar.length);
    expect(await listed(tar)).toEqual([
      ['Directory', 'a/', ''],
      ['File', 'a/block', 'b'.repeat(512)],
      ['File', 'a/empty', ''],
      ['File', 'a/text', 'hello\n'],
      ['Directory', 'b/', ''],
      ['Link', 'b/hard', 'a/text'],
      ['SymbolicLink', 'b/soft', '../a/text'],
      ['Directory', 'c/', ''],
      ['File', 'c/.wh.gone', ''],
      ['Directory', 'long/', ''],
      ['Directory', `long/${'d'.repeat(150)}/`, ''],
      ['File', `long/${'d'.repeat(150)}/${'e'.repeat(150)}`, 'long'],
      ['File', 'ünïcode', 'u'],
    ]);
  });

  it('writes the same bytes for the same content: a version of hibana keeps its digests', async () => {
    const { layer, bytes } = await compressedOf(all);
    expect((await compressedOf(all.toReversed())).bytes).toEqual(bytes);
    expect(layer.diffId).toBe('sha256:34f4caf8b6f283d7f434ec1692a5099049589b17d44b6ce8f2c581683996067a');
    expect(bytes.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
  });

  it('ends an archive of nothing', async () => {
    const { tar } = await compressedOf([]);
    expect(tar).toEqual(Buffer.alloc(1_024));
  });

  it.each([2 ** 20 - 1_536, 2 ** 20 - 512, 2 ** 20, 3 * 2 ** 20 + 1, 18 * 2 ** 20])(
    'makes the same of a file of %d bytes from memory, from a path and from a stream, in one pass and in two',
    async (size) => {
      const bytes = createHash('shake256', { outputLength: size })
        .update('seed')
        .digest()
        .fill('text', 2 ** 20);
      const file = join(files, 'file');
      await writeFile(file, bytes);
      const contents: readonly FileContent[] = [
        { kind: 'bytes', bytes },
        { kind: 'path', path: file },
        { kind: 'stream', open: () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]) },
      ];
      const expected = (await compressedOf([fileEntry('f', bytes, 0o644)])).layer;
      for (const content of contents) {
        const source = layerSource([{ ...onDisk('f', file, size), content } as LayerEntry]);
        for (const known of [undefined, () => undefined]) {
          const { layer } = await writeLayer(source, { scratch, ...(known && { known }) }, testCtx());
          expect(layer).toEqual(expected);
        }
      }
    },
  );

  it('compresses nothing that is known', async () => {
    const { layer } = await compressedOf(all);
    await rm(scratch, { recursive: true });
    const descriptor = { mediaType: 'application/x', digest: `sha256:${'d'.repeat(64)}`, size: 7 };
    const known = (diffId: string) => (diffId === layer.diffId ? descriptor : undefined);
    const written = await writeLayer(layerSource(all), { scratch, known }, testCtx());
    expect(written).toMatchObject({
      layer: { ...layer, digest: descriptor.digest, bytes: 7 },
      made: { kind: 'known', descriptor },
    });
    await expect(readdir(scratch)).rejects.toThrow('ENOENT');
    scratch = await mkdtemp(join(tmpdir(), 'scratch-'));
  });

  it('says how far it is', async () => {
    const ctx = testCtx(ticking());
    const size = 4 * 2 ** 20;
    await writeLayer(layerSource([fileEntry('f', Buffer.alloc(size))]), { scratch }, ctx);
    expect(ctx.events).toContainEqual({
      type: 'step-progress',
      step: 'layers',
      doing: 'compresses the layer app',
      bytes: 2 ** 20,
      totalBytes: size,
    });
  });

  it.each([10, 300_000])('refuses a file of %d bytes that is shorter by now, and leaves nothing', async (size) => {
    const file = join(files, 'file');
    await writeFile(file, Buffer.alloc(size));
    await truncate(file, size - 1);
    for (const known of [undefined, () => undefined]) {
      await expect(
        writeLayer(layerSource([onDisk('f', file, size)]), { scratch, ...(known && { known }) }, testCtx()),
      ).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    }
    expect(await readdir(scratch)).toEqual([]);
  });

  it.each<[string, (file: string) => Promise<unknown>]>([
    ['gone', async () => {}],
    ['a link by now', (file) => symlink('/etc/passwd', file)],
  ])('refuses a file that is %s', async (_, replace) => {
    const file = join(files, 'file');
    await replace(file);
    for (const size of [10, 300_000]) {
      await expect(writeLayer(layerSource([onDisk('f', file, size)]), { scratch }, testCtx())).rejects.toMatchObject({
        code: 'SOURCE_CHANGED',
      });
    }
    expect(await readdir(scratch)).toEqual([]);
  });

  it.each([-1, 1])('refuses a stream that is %d bytes longer than it was to be', async (more) => {
    const content = { kind: 'stream', open: () => Readable.from([Buffer.alloc(100 + more)]) } as const;
    const entry = { ...onDisk('f', '', 100), content } as LayerEntry;
    await expect(writeLayer(layerSource([entry]), { scratch }, testCtx())).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
    });
  });

  it('says when the folder for layers cannot be written to', async () => {
    await expect(writeLayer(layerSource(all), { scratch: '/proc/self/fdinfo' }, testCtx())).rejects.toMatchObject({
      message: expect.stringMatching(/ENOENT|cannot be written/),
    });
  });

  it.each(['before', 'while it reads', 'while it lists'])('leaves nothing when it is aborted %s', async (moment) => {
    const ctx = testCtx();
    const reason = new Error('enough');
    const stream = () => Readable.from(endless(() => moment === 'while it reads' && ctx.abort(reason)));
    const source = layerSource([
      { ...onDisk('f', '', 2 ** 40), content: { kind: 'stream', open: stream } } as LayerEntry,
    ]);
    if (moment === 'before') ctx.abort(reason);
    const listing = {
      ...source,
      async *entries() {
        if (moment === 'while it lists') ctx.abort(reason);
        yield* source.entries(ctx);
      },
    };
    for (const known of [undefined, () => undefined]) {
      await expect(writeLayer(listing, { scratch, ...(known && { known }) }, ctx)).rejects.toBe(reason);
    }
    expect(await readdir(scratch)).toEqual([]);
  });

  it('reads an archive that is known to be new once when it is small, twice when it is large', async () => {
    let opened = 0;
    const small = countedStream(2 ** 20, () => {
      opened += 1;
    });
    await writeLayer(layerSource([small]), { scratch, known: () => undefined }, testCtx());
    expect(opened).toBe(1);
    const large = countedStream(20 * 2 ** 20, () => {
      opened += 1;
    });
    await writeLayer(layerSource([large]), { scratch, known: () => undefined }, testCtx());
    expect(opened).toBe(3);
  });
});

function countedStream(size: number, onOpen: () => void): LayerEntry {
  const open = () => {
    onOpen();
    return Readable.from([Buffer.alloc(size)]);
  };
  return { ...onDisk('f', '', size), content: { kind: 'stream', open } } as LayerEntry;
}

function* endless(before: () => void): Generator<Buffer> {
  for (let count = 0; ; count += 1) {
    if (count === 5) before();
    yield Buffer.alloc(2 ** 20);
  }
}

/** A clock by which each look takes a second. */
function ticking(): () => number {
  let now = 0;
  return () => {
    now += 1_000;
    return now;
  };
}
