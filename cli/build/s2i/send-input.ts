import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { BlockFiller, BlockPool } from '../../image/layer/block-filler.ts';
import { orderEntries } from '../../image/layer/order-entries.ts';
import { tarBytes, writeTar } from '../../image/layer/write-tar.ts';
import type { LayerEntry } from '../../image/layer-source.ts';
import type { Script } from './find-scripts.ts';

export interface ContainerInput {
  /** For the script alone. */
  readonly variables: Readonly<Record<string, string>>;
  readonly assemble: Script;
  readonly alsoUpload: readonly Script[];
  /** What is below `src`, by paths that begin with it. */
  readonly source: readonly LayerEntry[];
  readonly secrets: Readonly<Record<string, Uint8Array>>;
}

/** Sends what a container of a build waits for: variables as a shell reads them, `marker`, secrets, an empty line, the size of an archive of `src` and `scripts`, the archive. Its end is not the end
 *  of the input. Resolves when all of it is taken, or nobody reads it any more: then the container has ended, and its status says why. Rejects with
 *  `signal.reason` on abort. */
export async function sendInput(
  input: Writable,
  { marker, ...request }: ContainerInput & { readonly marker: string },
  ctx: Ctx,
): Promise<void> {
  const state = { isClosed: false };
  const close = (): void => {
    state.isClosed = true;
  };
  input.once('error', close).once('close', close);
  const exports = Object.entries(request.variables).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  await send(input, Buffer.from(`${exports.join('')}${marker}\n`), state, ctx);
  for (const [name, bytes] of Object.entries(request.secrets)) {
    await send(input, Buffer.from(`${name}\n${Buffer.from(bytes).toString('base64')}\n`), state, ctx);
  }
  const entries = orderEntries([...request.source, ...scriptEntries(request)], {});
  await send(input, Buffer.from(`\n${tarBytes(entries)}\n`), state, ctx);
  const pool = new BlockPool();
  const filler = new BlockFiller(pool, async (block, bytes) => {
    // A copy: the block is filled again while the daemon still takes this one.
    await send(input, Buffer.from(block.subarray(0, bytes)), state, ctx);
    pool.give(block);
  });
  await writeTar(entries, filler, ctx);
}

/** As one word of a shell. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

function scriptEntries({ assemble, alsoUpload }: ContainerInput): readonly LayerEntry[] {
  return [assemble, ...alsoUpload].flatMap((script): readonly LayerEntry[] => {
    if (script.kind === 'image') return [];
    const { name, bytes } = script;
    const path = Buffer.from(`scripts/${name}`);
    return [{ kind: 'file', path, mode: 0o755, uid: 0, gid: 0, size: bytes.length, content: { kind: 'bytes', bytes } }];
  });
}

async function send(
  input: Writable,
  bytes: Buffer,
  state: { readonly isClosed: boolean },
  { signal }: Ctx,
): Promise<void> {
  signal.throwIfAborted();
  if (state.isClosed || input.write(bytes)) return;
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    await Promise.race([once(input, 'drain', { signal: either }), once(input, 'close', { signal: either })]);
  } catch (error) {
    signal.throwIfAborted();
    if (!state.isClosed) throw error;
  } finally {
    ended.abort();
  }
}
