import { expect, it } from 'vitest';
import { BlockFiller, BlockPool } from '../../../../../cli/image/layer/block-filler.ts';
import { tarBytes, writeTar } from '../../../../../cli/image/layer/write-tar.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { directoryEntry, fileEntry } from '../../../../helpers/layer-sources.ts';

it.each([
  ['nothing', []],
  [
    'a folder and files of any size',
    [directoryEntry('d'), ...[0, 1, 511, 512, 513].map((size) => file(`d/${size}`, size))],
  ],
  ['names without room', [file(`${'x'.repeat(120)}/é${'y'.repeat(180)}`, 7)]],
])('tarBytes() is how long the archive of %s is', async (_what, entries) => {
  let bytes = 0;
  const filler = new BlockFiller(new BlockPool(), async (_block, count) => {
    bytes += count;
  });
  await writeTar(entries, filler, testCtx());
  expect(tarBytes(entries)).toBe(bytes);
});

function file(path: string, size: number) {
  return fileEntry(path, 'x'.repeat(size), 0o644);
}
