import { describe, expect, it } from 'vitest';
import { orderEntries } from '../../../../../cli/image/layer/order-entries.ts';
import type { LayerEntry } from '../../../../../cli/image/layer-source.ts';
import {
  directoryEntry,
  fileEntry,
  hardlinkEntry,
  symlinkEntry,
  whiteoutEntry,
} from '../../../../helpers/layer-sources.ts';

function pathsOf(entries: readonly LayerEntry[]): readonly string[] {
  return entries.map(({ kind, path }) => (kind === 'whiteout' ? `-${path}` : String(path)));
}

describe('orderEntries()', () => {
  it('sorts by bytes, a directory before what is in it', () => {
    const entries = ['b', 'a.txt', 'a/b', 'a/a', 'B', 'a-b', 'ü', 'z', 'a/b.c'].map((path) => fileEntry(path));
    expect(pathsOf(orderEntries(entries, {}))).toEqual([
      'B',
      'a',
      'a-b',
      'a.txt',
      'a/a',
      'a/b',
      'a/b.c',
      'b',
      'z',
      'ü',
    ]);
  });

  it('does not depend on the order in which it gets them', () => {
    const entries = ['a/b/c', 'a/b', 'x', 'a/b.c'].map((path) =>
      path === 'a/b' ? directoryEntry(path) : fileEntry(path),
    );
    expect(orderEntries(entries.toReversed(), {})).toEqual(orderEntries(entries, {}));
  });

  it('names parents, with the attributes they have in the base', () => {
    const parents = {
      opt: { mode: 0o755, uid: 0, gid: 0 },
      'opt/app-root': { mode: 0o2775, uid: 1001, gid: 0 },
      unused: { mode: 0o700, uid: 5, gid: 5 },
    };
    const ordered = orderEntries([fileEntry('opt/app-root/src/main.py'), directoryEntry('opt/app-root/src')], parents);
    expect(ordered.map(({ path, ...entry }) => ({ path: String(path), ...entry }))).toMatchObject([
      { path: 'opt', kind: 'directory', mode: 0o755, uid: 0 },
      { path: 'opt/app-root', kind: 'directory', mode: 0o2775, uid: 1001 },
      { path: 'opt/app-root/src', kind: 'directory', mode: 0o775, uid: 1001 },
      { path: 'opt/app-root/src/main.py', kind: 'file' },
    ]);
  });

  it('gives a parent that nobody names to root, also one with the name of a method', () => {
    const [parent] = orderEntries([fileEntry('constructor/x')], {});
    expect(parent).toMatchObject({ kind: 'directory', mode: 0o755, uid: 0, gid: 0 });
  });

  it('deletes before all else in a directory, and what takes the place of the deleted is no duplicate', () => {
    const entries = [
      fileEntry('a/!'),
      whiteoutEntry('a/z'),
      fileEntry('a/z'),
      fileEntry('!'),
      whiteoutEntry('y'),
      whiteoutEntry('c/d'),
    ];
    expect(pathsOf(orderEntries(entries, {}))).toEqual(['-y', '!', 'a', '-a/z', 'a/!', 'a/z', 'c', '-c/d']);
  });

  it('keeps bytes that are no UTF-8 apart', () => {
    const entries = [Buffer.from([0xff]), Buffer.from([0xfe]), Buffer.from([0xef, 0xbf, 0xbd])].map((path) =>
      fileEntry(path),
    );
    expect(orderEntries(entries, {}).map(({ path }) => path[0])).toEqual([0xef, 0xfe, 0xff]);
  });

  it('takes a hard link to a file before it', () => {
    expect(pathsOf(orderEntries([hardlinkEntry('b', 'a'), fileEntry('a')], {}))).toEqual(['a', 'b']);
  });

  it.each<[string, readonly LayerEntry[], RegExp]>([
    ['a path twice', [fileEntry('a'), directoryEntry('a')], /"a".*twice/],
    ['a deletion twice', [whiteoutEntry('a'), whiteoutEntry('a')], /"a".*twice/],
    ['a name that deletes', [fileEntry('a/.wh.b')], /"a\/.wh.b".*".wh."/],
    ['a directory that deletes', [fileEntry('.wh..wh..opq/b')], /".wh."/],
    ['the deletion of a deletion', [whiteoutEntry('.wh.a')], /".wh."/],
    ['a path from the root', [fileEntry('/etc/passwd')], /inside/],
    ['a path out of the layer', [fileEntry('a/../../b')], /inside/],
    ['a path through itself', [fileEntry('./a')], /inside/],
    ['an empty path', [directoryEntry('')], /inside/],
    ['a path that ends in a slash', [directoryEntry('a/')], /inside/],
    ['a zero byte', [fileEntry('a\0b')], /zero byte/],
    ['a file in a link', [symlinkEntry('a', '/etc'), fileEntry('a/passwd')], /"a\/passwd".*"a" is no directory/],
    ['a file in a file', [fileEntry('a/b/c'), fileEntry('a/b')], /"a\/b" is no directory/],
    ['a hard link out of the layer', [hardlinkEntry('a', '../etc/shadow')], /hard link to "..\/etc\/shadow"/],
    ['a hard link to a directory', [directoryEntry('a'), hardlinkEntry('b', 'a')], /hard link/],
    ['a hard link to what comes later', [hardlinkEntry('a', 'b'), fileEntry('b')], /hard link/],
  ])('refuses %s', (_, entries, message) => {
    expect(() => orderEntries(entries, {})).toThrowError(
      expect.objectContaining({ code: 'LAYER_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
