import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type { FileContent } from '../../image/layer-source.ts';
import type { SourceEntry } from './list-source.ts';

export interface HashedFile {
  /** sha256, in hexadecimal digits. */
  readonly hash: string;
  /** The bytes that were hashed, of small files: what is packed later is what was judged, also where somebody writes to the source. */
  readonly content?: FileContent;
}

type SourceFile = Extract<SourceEntry, { kind: 'file' }>;

/** The hash of every file, in the order of the entries; `undefined` for what is no file.
 *  @throws {ToolError} FILE_UNREADABLE, SOURCE_CHANGED where a file has grown or shrunk since it was listed */
export async function hashFiles(
  entries: readonly SourceEntry[],
  ctx: Ctx,
): Promise<readonly (HashedFile | undefined)[]> {
  const found: (HashedFile | undefined)[] = Array.from({ length: entries.length });
  const queue = entries.entries();
  let kept = 0;
  const work = async (): Promise<void> => {
    for (const [index, entry] of queue) {
      if (entry.kind !== 'file') continue;
      ctx.signal.throwIfAborted();
      const isKept = entry.size <= SMALL_BYTES && kept + entry.size <= KEPT_BYTES;
      if (isKept) kept += entry.size;
      found[index] = await (isKept ? hashSmall(entry) : hashLarge(entry, ctx)).catch((cause: unknown) => {
        throw unreadable(entry, cause);
      });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return found;
}

const PARALLEL = 16;
const SMALL_BYTES = 256 * 1_024;
const KEPT_BYTES = 32 * 1_024 ** 2;

async function hashSmall(file: SourceFile): Promise<HashedFile> {
  const bytes = await readFile(file.place);
  if (bytes.length !== file.size) throw changed(file);
  return { hash: createHash('sha256').update(bytes).digest('hex'), content: { kind: 'bytes', bytes } };
}

async function hashLarge({ place }: SourceFile, ctx: Ctx): Promise<HashedFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(place), hash, { signal: ctx.signal });
  return { hash: hash.digest('hex') };
}

function changed({ path }: SourceFile): ToolError {
  return new ToolError('SOURCE_CHANGED', `Cannot build while the source changes: "${path}" is being written to`);
}

function unreadable({ path }: SourceFile, cause: unknown): unknown {
  const code = systemCode(cause);
  if (code === undefined || code === 'ABORT_ERR') return cause;
  return new ToolError('FILE_UNREADABLE', `Cannot read "${path}" of the source: ${code}`, {
    cause,
    hint: 'Make it readable, or leave it out with .hibanaignore',
  });
}
