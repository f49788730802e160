import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import type { ReadEntry } from 'tar';
import type { Ctx } from '../../core/context.ts';
import type { ContainerFile } from '../container/work.ts';
import { NOT_FOUND, statusOf } from './docker-errors.ts';

const BLOCK_BYTES = 512;

/** Puts small files and folders into a container that need not run, for this user. With a read-only root it takes only what is in a volume. */
export async function putFiles(
  container: Docker.Container,
  folder: string,
  entries: readonly ContainerFile[],
  user: { readonly uid: number; readonly gid: number },
  { signal }: Ctx,
): Promise<void> {
  const { Header } = await import('./tar-client.ts');
  const blocks = entries.flatMap(({ path, mode, content }) => {
    const size = content?.length ?? 0;
    const header = new Header({
      ...{ path: content === null ? `${path}/` : path, mode, ...user, size, mtime: new Date(0) },
      type: content === null ? 'Directory' : 'File',
    });
    header.encode();
    const padding = Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
    return [header.block ?? Buffer.alloc(0), content ?? Buffer.alloc(0), padding];
  });
  const archive = Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
  await container.putArchive(archive, { path: folder, abortSignal: signal });
}

export interface TakenFiles {
  /** A folder of this machine that is there. */
  readonly target: string;
  /** The name that a file gets there, or `undefined` for one that nobody wants. */
  readonly nameOf: (path: string) => string | undefined;
  /** Of a file that is larger its end. Default all of it. */
  readonly newestBytes?: number;
}

/** Writes the files below a folder of a container into a folder of this machine. Nothing where the container has no such folder. What is in it was written by anybody's code: only plain files are taken,
 *  and no name leads out of the target. */
export async function takeFiles(
  container: Docker.Container,
  folder: string,
  { target, nameOf, newestBytes = Number.POSITIVE_INFINITY }: TakenFiles,
  ctx: Ctx,
): Promise<void> {
  const written: Promise<unknown>[] = [];
  await readArchive(
    container,
    folder,
    (entry) => {
      const name = nameOf(entry.path);
      if (name === undefined) return entry.resume();
      const file = createWriteStream(join(target, basename(name)), { mode: 0o600 });
      written.push(finished(file).catch(() => {}));
      // A full disk loses logs, never the run.
      file.once('error', () => entry.resume());
      if (entry.size <= newestBytes) return entry.pipe(file);
      let surplus = entry.size - newestBytes;
      const newest = new Transform({
        transform: (chunk: Buffer, _encoding, done) => {
          const left = chunk.subarray(surplus);
          surplus = Math.max(0, surplus - chunk.length);
          done(null, left);
        },
      });
      file.once('error', () => newest.resume());
      newest.pipe(file);
      return entry.pipe(newest);
    },
    ctx,
  );
  await Promise.all(written);
}

/** The text of one file of a container; `undefined` where there is none. */
export async function readContainerFile(
  container: Docker.Container,
  path: string,
  ctx: Ctx,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let isFound = false;
  await readArchive(
    container,
    path,
    (entry) => {
      isFound = true;
      entry.on('data', (chunk: Buffer) => chunks.push(chunk));
    },
    ctx,
  );
  return isFound ? Buffer.concat(chunks).toString('utf8') : undefined;
}

/** Whether a container that need not run has a folder or a file at this path. */
export async function hasPath(container: Docker.Container, path: string, { signal }: Ctx): Promise<boolean> {
  try {
    const reply: unknown = await container.infoArchive({ path, abortSignal: signal });
    // It is there whole, and its connection is open until somebody reads that it has no body.
    if (reply instanceof Readable) reply.destroy();
    return true;
  } catch (error) {
    if (statusOf(error) === NOT_FOUND) return false;
    throw error;
  }
}

async function readArchive(
  container: Docker.Container,
  path: string,
  onFile: (entry: ReadEntry) => unknown,
  { signal }: Ctx,
): Promise<void> {
  const { Parser } = await import('./tar-client.ts');
  const stream = await container.getArchive({ path, abortSignal: signal }).catch((error: unknown) => {
    if (statusOf(error) === NOT_FOUND) return undefined;
    throw error;
  });
  if (stream === undefined) return;
  const parser = new Parser({ onReadEntry: (entry) => (isFile(entry.type) ? onFile(entry) : entry.resume()) });
  for await (const chunk of stream instanceof Readable ? stream : Readable.from(stream)) {
    signal.throwIfAborted();
    if (!parser.write(chunk)) await once(parser, 'drain', { signal });
  }
  parser.end();
}

function isFile(type: string): boolean {
  return type === 'File' || type === 'OldFile' || type === 'ContiguousFile';
}
