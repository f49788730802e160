import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { BlockFiller, BlockPool } from '../../image/layer/block-filler.ts';
import { writeTar } from '../../image/layer/write-tar.ts';
import type { LayerEntry } from '../../image/layer-source.ts';

/** An archive of just these entries, sorted by path, made as it is read: whoever unpacks it makes the folders that are missing, and leaves alone those that
 *  are there. It ends with the error of what cannot be read. */
export function archiveOf(entries: readonly LayerEntry[], ctx: Ctx): Readable {
  const stream = new PassThrough();
  const pool = new BlockPool();
  const filler = new BlockFiller(pool, async (block, bytes) => {
    // A copy: the block is filled again while somebody still reads this one.
    const isTaken = stream.write(Buffer.from(block.subarray(0, bytes)));
    pool.give(block);
    if (!isTaken) await once(stream, 'drain', { signal: ctx.signal });
  });
  const sorted = entries.toSorted((a, b) => a.path.compare(b.path));
  writeTar(sorted, filler, ctx).then(
    () => stream.end(),
    (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return stream;
}
