import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../../../../../cli/build/s2i/archive-stream.ts';
import type { BuildContainer } from '../../../../../cli/build/s2i/build-container.ts';
import { readTextFile, spoolArchive } from '../../../../../cli/build/s2i/spool-archive.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { fileEntry } from '../../../../helpers/layer-sources.ts';

function member(path: string, type: 'File' | 'Directory', size: number): Buffer {
  const block = Buffer.alloc(512);
  new Header({ path, type, mode: 0o644, size }).encode(block);
  return block;
}

function containerWith(archive: () => Readable): BuildContainer {
  return {
    ...{ input: new Writable(), ended: Promise.resolve(0), changes: async () => [] },
    readArchive: async (_path, read) => read(archive()),
    [Symbol.asyncDispose]: async () => {},
  };
}

const MEBIBYTE = 1024 * 1024;

describe('readTextFile()', () => {
  it('reads a file of one mebibyte', async () => {
    const parts = [member('a', 'File', MEBIBYTE), Buffer.alloc(MEBIBYTE, 'x'), Buffer.alloc(1_024)];
    expect(
      await readTextFile(
        containerWith(() => Readable.from(parts)),
        '/tmp/a',
        testCtx(),
      ),
    ).toHaveLength(MEBIBYTE);
  });

  it.each([
    ['a larger one', member('a', 'File', 64 * MEBIBYTE)],
    ['a folder', Buffer.concat([member('a/', 'Directory', 0), member('a/b', 'File', 64 * MEBIBYTE)])],
  ])('refuses %s without reading all of it', async (_what, head) => {
    let sent = 0;
    async function* bytes() {
      yield head;
      for (; sent < 64 * MEBIBYTE; sent += MEBIBYTE) yield Buffer.alloc(MEBIBYTE);
      yield Buffer.alloc(1_024);
    }
    const container = containerWith(() => Readable.from(bytes()));
    // Its length alone: a text that should not be here is long to show.
    const length = readTextFile(container, '/tmp/a', testCtx()).then((text) => text?.length);
    await expect(length).rejects.toMatchObject({ code: 'ASSEMBLE_FAILED' });
    expect(sent).toBeLessThan(32 * MEBIBYTE);
  });
});

describe('spoolArchive()', () => {
  it('reads a path longer than a block, of any alphabet, wherever its archive is cut', async () => {
    const name = `${'ä€😀'.repeat(100)}.txt`;
    const bytes = await buffer(archiveOf([fileEntry(name, 'text', 0o644)], testCtx()));
    const folder = await mkdtemp(join(tmpdir(), 'hibana-spool-'));
    try {
      const wanted = { folder: '/', isFolderAlone: false, spool: join(folder, 'spool') };
      const kinds = new Map<string, number>();
      const header = bytes.indexOf(name);
      for (let cut = header; cut < header + Buffer.byteLength(name); cut += 1) {
        const archive = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)]);
        for (const [path, { kind }] of await spoolArchive(archive, wanted, testCtx())) {
          kinds.set(`${kind} ${path}`, (kinds.get(`${kind} ${path}`) ?? 0) + 1);
        }
      }
      expect(Object.fromEntries(kinds)).toEqual({ [`file /${name}`]: Buffer.byteLength(name) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('says that no space is left', async () => {
    const archive = Readable.from([member('a', 'File', 512), Buffer.alloc(512, 'x'), Buffer.alloc(1_024)]);
    const wanted = { folder: '/', isFolderAlone: false, spool: '/dev/full' };
    await expect(spoolArchive(archive, wanted, testCtx())).rejects.toMatchObject({ code: 'DISK_FULL' });
  });
});
