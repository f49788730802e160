import { describe, expect, it } from 'vitest';
import { paddingOf, renderTarHeader } from '../../../../../cli/image/layer/tar-header.ts';
import type { LayerEntry } from '../../../../../cli/image/layer-source.ts';
import {
  directoryEntry,
  fileEntry,
  hardlinkEntry,
  symlinkEntry,
  whiteoutEntry,
} from '../../../../helpers/layer-sources.ts';

const NUL = '\0';

/** The fields of a block of 512 bytes, by POSIX. */
function fieldsOf(block: Buffer) {
  const field = (at: number, length: number) => block.toString('latin1', at, at + length).replace(/\0+$/, '');
  return {
    name: field(0, 100),
    mode: field(100, 8),
    uid: field(108, 8),
    gid: field(116, 8),
    size: field(124, 12),
    mtime: field(136, 12),
    type: field(156, 1),
    linkname: field(157, 100),
    magic: block.toString('latin1', 257, 265),
    names: field(265, 64),
    prefix: field(345, 155),
    rest: field(500, 12),
  };
}

function sumOf(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

/** The records of the PAX header before the last block; `{}` when there is none. */
function recordsOf(header: Buffer): Readonly<Record<string, string>> {
  if (header.length === 512) return {};
  const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
  const records: Record<string, string> = {};
  for (let at = 512; at < 512 + size; ) {
    const length = Number.parseInt(header.toString('latin1', at, at + 10), 10);
    const [, key = '', value = ''] = /^\d+ (\w+)=(.*)\n$/s.exec(header.toString('latin1', at, at + length)) ?? [];
    records[key] = value;
    at += length;
  }
  return records;
}

const long = (count: number) => 'n'.repeat(count);

describe('renderTarHeader()', () => {
  it('writes a file with nobody’s name, one time and the bits of its mode', () => {
    const block = renderTarHeader(fileEntry('opt/app/main.py', 'x'.repeat(9), 0o100664));
    expect(block).toHaveLength(512);
    expect(fieldsOf(block)).toEqual({
      name: 'opt/app/main.py',
      mode: '0000664',
      uid: '0001751',
      gid: '0000000',
      size: '00000000011',
      mtime: '02263773600',
      type: '0',
      linkname: '',
      magic: `ustar${NUL}00`,
      names: '',
      prefix: '',
      rest: '',
    });
    expect(new Date(0o02263773600 * 1_000).toISOString()).toBe('1980-01-02T00:00:00.000Z');
  });

  it.each<[LayerEntry, object]>([
    [directoryEntry('a/b'), { type: '5', name: 'a/b/', size: '00000000000', mode: '0000775' }],
    [symlinkEntry('a/l', '../b'), { type: '2', name: 'a/l', linkname: '../b', size: '00000000000', mode: '0000777' }],
    [hardlinkEntry('a/h', 'a/f'), { type: '1', name: 'a/h', linkname: 'a/f', size: '00000000000' }],
    [whiteoutEntry('a/gone'), { type: '0', name: 'a/.wh.gone', size: '00000000000', uid: '0000000' }],
    [whiteoutEntry('gone'), { type: '0', name: '.wh.gone' }],
    [fileEntry('f', '', 0o7755), { mode: '0007755' }],
    [fileEntry(long(100)), { name: long(100), prefix: '' }],
    [fileEntry(`${long(155)}/${long(100)}`), { name: long(100), prefix: long(155) }],
    [fileEntry(`a/${long(99)}`), { name: long(99), prefix: 'a' }],
    [directoryEntry(`a/${long(98)}`), { name: `a/${long(98)}/`.slice(2), prefix: 'a' }],
    [symlinkEntry('l', long(100)), { linkname: long(100) }],
    [fileEntry(Buffer.from([0x61, 0xff, 0x62])), { name: 'a\xffb' }],
  ])('needs one block for %j', (entry, fields) => {
    const block = renderTarHeader(entry);
    expect(block).toHaveLength(512);
    expect(fieldsOf(block)).toMatchObject(fields);
  });

  it.each<[string, LayerEntry, Readonly<Record<string, string>>]>([
    ['a name of 101 bytes', fileEntry(long(101)), { path: long(101) }],
    ['a path of 300 bytes', fileEntry(`${`${long(59)}/`.repeat(5)}`.slice(0, 299)), {}],
    ['a prefix of 156 bytes', fileEntry(`${long(156)}/${long(100)}`), { path: `${long(156)}/${long(100)}` }],
    ['a directory whose slash has no room', directoryEntry(long(100)), { path: `${long(100)}/` }],
    ['a long target', symlinkEntry('l', long(101)), { linkpath: long(101) }],
    ['a name in UTF-8', fileEntry('ü'), { path: Buffer.from('ü').toString('latin1') }],
    ['a target in UTF-8', symlinkEntry('l', 'ü'), { linkpath: Buffer.from('ü').toString('latin1') }],
    ['a long name that is no UTF-8', fileEntry(Buffer.alloc(120, 0xff)), { path: '\xff'.repeat(120) }],
  ])('needs a PAX header for %s', (_, entry, records) => {
    const header = renderTarHeader(entry);
    expect(header.length).toBeGreaterThan(512);
    expect(header.length % 512).toBe(0);
    expect(fieldsOf(header.subarray(0, 512))).toMatchObject({ type: 'x', uid: '0000000', mtime: '02263773600' });
    expect(recordsOf(header)).toMatchObject(records);
    expect(Object.keys(recordsOf(header))).toHaveLength(1);
  });

  it('writes sizes and ids above the room of their fields', () => {
    const entry = { ...fileEntry('f'), size: 2 ** 33, uid: 1_000_660_000, gid: 2 ** 21 } as LayerEntry;
    const header = renderTarHeader(entry);
    expect(recordsOf(header)).toEqual({ size: String(2 ** 33), uid: '1000660000', gid: String(2 ** 21) });
    expect(recordsOf(renderTarHeader({ ...fileEntry('f'), size: 2 ** 33 - 1 } as LayerEntry))).toEqual({});
  });

  it.each([98, 99, 100, 989, 990, 991, 9_990])('counts the length of a record of about %d bytes right', (length) => {
    const path = long(length);
    const header = renderTarHeader(fileEntry(`${path}/${path}`));
    expect(recordsOf(header).path ?? `${path}/${path}`).toBe(`${path}/${path}`);
  });

  it('sums every block', () => {
    const header = renderTarHeader(fileEntry(long(300), 'x', 0o7777));
    for (const block of [header.subarray(0, 512), header.subarray(-512)]) {
      expect(block.toString('latin1', 148, 156)).toBe(`${sumOf(block).toString(8).padStart(6, '0')}\0 `);
    }
  });
});

describe('paddingOf()', () => {
  it.each([
    [0, 0],
    [1, 511],
    [511, 1],
    [512, 0],
    [513, 511],
  ])('after %d bytes has %d', (size, padding) => {
    expect(paddingOf(size)).toBe(padding);
  });
});
