import { expect, it } from 'vitest';
import { findInImage, type ImageSearch } from '../../../../cli/builder/find-in-image.ts';
import { renderTarHeader } from '../../../../cli/image/layer/tar-header.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import {
  directoryEntry,
  fileEntry,
  hardlinkEntry,
  symlinkEntry,
  whiteoutEntry,
} from '../../../helpers/layer-sources.ts';
import { MemoryStore } from '../../../helpers/memory-store.ts';
import { addTinyImage, type TinyImage } from '../../../helpers/tiny-image.ts';

async function find(
  layers: TinyImage['layers'],
  options: Pick<Partial<ImageSearch>, 'isDone'> & Pick<TinyImage, 'compression'> = {},
): Promise<Record<string, string>> {
  const store = new MemoryStore();
  const { manifest } = await addTinyImage(store, { layers, ...options });
  const search = { store, layers: manifest.layers, wants: () => 'content' as const, ...options };
  const found = await findInImage(search, testCtx());
  return Object.fromEntries([...found].map(([path, file]) => [path, file.content?.toString() ?? file.kind]));
}

/** No layer that is made here has one. */
function emptying(folder: string, file: string): Buffer {
  const header = (path: string) => renderTarHeader(fileEntry(path));
  return Buffer.concat([header(`${folder}/.wh..wh..opq`), header(file), Buffer.alloc(1024)]);
}

it.each(['gzip', 'zstd', 'none'] as const)(
  'findInImage() reads layers that are compressed by %s',
  async (compression) => {
    const layer = [fileEntry('a/text', 'hello'), symlinkEntry('a/link', 'text'), hardlinkEntry('b', 'a/text')];
    expect(await find([layer], { compression })).toEqual({
      ...{ a: 'directory', 'a/text': 'hello', 'a/link': 'symlink' },
      b: '',
    });
  },
);

it('findInImage() takes a file from the topmost layer that has it', async () => {
  expect(await find([[fileEntry('text', 'old')], [fileEntry('text', 'new')]])).toEqual({ text: 'new' });
});

it.each([
  ['a file that is deleted', [whiteoutEntry('a/text')]],
  ['a folder that is deleted', [whiteoutEntry('a')]],
  ['a folder that became a file', [fileEntry('a', 'file')]],
  ['a folder that became a link', [symlinkEntry('a', 'b')]],
  ['a folder that is emptied', emptying('a', 'b')],
])('findInImage() does not find what was in the layer below: %s', async (_, upper) => {
  expect(await find([[fileEntry('a/text', 'old')], upper])).not.toHaveProperty(['a/text']);
});

it('findInImage() finds what a layer puts into a folder that it empties', async () => {
  const found = await find([[fileEntry('a/old', 'old')], emptying('a', 'a/new')]);
  expect(found).toHaveProperty(['a/new']);
  expect(found).not.toHaveProperty(['a/old']);
});

it('findInImage() says whose a file is and what may be done with it', async () => {
  const store = new MemoryStore();
  const { manifest } = await addTinyImage(store, {
    layers: [[directoryEntry('a', 0o2775), fileEntry('a/b', 'x', 0o640)]],
  });
  const found = await findInImage({ store, layers: manifest.layers, wants: () => 'entry' }, testCtx());
  expect(found.get('a')).toMatchObject({ kind: 'directory', mode: 0o2775, uid: 1001, gid: 0 });
  expect(found.get('a/b')).toMatchObject({ kind: 'file', mode: 0o640, size: 1, content: null });
});

it('findInImage() reads no layer below the one that has all that is wanted', async () => {
  const store = new MemoryStore();
  const { manifest } = await addTinyImage(store, { layers: [[fileEntry('low', '1')], [fileEntry('high', '2')]] });
  const opened: string[] = [];
  const watched = {
    blob: (...[descriptor]: Parameters<MemoryStore['blob']>) => {
      opened.push(descriptor.digest);
      return store.blob(descriptor);
    },
  };
  const isDone = (found: ReadonlyMap<string, unknown>) => found.has('high');
  const search = { store: watched, layers: manifest.layers, wants: () => 'content' as const, isDone };
  expect([...(await findInImage(search, testCtx())).keys()]).toEqual(['high']);
  expect(opened).toEqual([manifest.layers[1]?.digest]);
});

it('findInImage() stops in the middle of a layer when it has all that is wanted', async () => {
  const many = Array.from({ length: 200 }, (_, at) =>
    fileEntry(`f${String(at).padStart(3, '0')}`, 'x'.repeat(100_000)),
  );
  const isDone = (found: ReadonlyMap<string, unknown>) => found.has('f001');
  expect(Object.keys(await find([many], { isDone })).length).toBeLessThan(200);
});

it('findInImage() says HASH_MISMATCH for a layer that is damaged', async () => {
  const store = new MemoryStore();
  const layer = store.addBlob(Buffer.from('no gzip'), 'application/vnd.oci.image.layer.v1.tar+gzip');
  const search = { store, layers: [layer], wants: () => null };
  await expect(findInImage(search, testCtx())).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
});

it('findInImage() rejects with the reason when it is aborted', async () => {
  const store = new MemoryStore();
  const { manifest } = await addTinyImage(store, { layers: [[fileEntry('a', 'x')]] });
  const ctx = testCtx();
  const reason = new Error('stop');
  const wants = () => {
    ctx.abort(reason);
    return null;
  };
  await expect(findInImage({ store, layers: manifest.layers, wants }, ctx)).rejects.toBe(reason);
});
