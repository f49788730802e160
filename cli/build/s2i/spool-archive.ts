import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { writingTo } from '../../../runtime/platform/file-errors.ts';
import type { Attributes, FileContent } from '../../image/layer-source.ts';
import type { BuildContainer } from './build-container.ts';
import { wholeCharacters } from './whole-characters.ts';

/** One entry of an archive whose contents are in a file of this machine. */
export type SpooledEntry =
  | (Attributes & { readonly kind: 'directory' })
  | (Attributes & { readonly kind: 'file'; readonly size: number; readonly content: FileContent })
  | (Attributes & { readonly kind: 'symlink'; readonly target: string })
  /** `target` is an absolute path. */
  | (Attributes & { readonly kind: 'hardlink'; readonly target: string })
  | { readonly kind: 'special'; readonly what: string }
  /** Its name or target could not be read, so that the name is not the real one. */
  | { readonly kind: 'garbled' };

export interface ArchiveWanted {
  /** Where the archive begins: an absolute path. */
  readonly folder: string;
  /** Whether only the attributes are wanted, if it is one of a folder: the rest, which may be all of `/usr`, is not read. */
  readonly isFolderAlone: boolean;
  /** A file for what the files have in them, one after the other: a build may leave 50,000 of them. */
  readonly spool: string;
}

/** Reads an archive: its entries by their absolute paths.
 *  @throws {ToolError} DISK_FULL, FOLDER_READ_ONLY, and what the archive's stream gives; rejects with `signal.reason` on abort */
export async function spoolArchive(
  archive: Readable,
  wanted: ArchiveWanted,
  ctx: Ctx,
): Promise<ReadonlyMap<string, SpooledEntry>> {
  return writingTo(dirname(wanted.spool), 'keep what a builder made', () => readEntries(archive, wanted, ctx));
}

async function readEntries(
  archive: Readable,
  { folder, isFolderAlone, spool }: ArchiveWanted,
  ctx: Ctx,
): Promise<ReadonlyMap<string, SpooledEntry>> {
  const { Parser } = await import('tar');
  const entries = new Map<string, SpooledEntry>();
  await using file = await open(spool, 'w', 0o600);
  let offset = 0;
  let isEnough = false;
  let writing: Promise<unknown> = Promise.resolve();
  let isGarbled = false;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      if (isEnough) return void entry.resume();
      const path = posix.join(folder, entry.path.replace(/\/+$/, ''));
      const { mode = 0, uid = 0, gid = 0, size } = entry;
      const attributes = { mode: mode & 0o7777, uid, gid };
      const target = entry.linkpath ?? '';
      if (isGarbled) {
        isGarbled = false;
        // Another file may really have that name.
        if (!entries.has(path)) entries.set(path, { kind: 'garbled' });
        return void entry.resume();
      }
      switch (entry.type) {
        case 'File':
        case 'OldFile':
        case 'ContiguousFile': {
          const start = offset;
          offset += size;
          entries.set(path, { kind: 'file', ...attributes, size, content: contentAt(spool, start, size) });
          writing = writing.then(async () => {
            let at = start;
            for await (const chunk of entry) at += (await file.write(chunk, 0, chunk.length, at)).bytesWritten;
          });
          writing.catch((error: unknown) => parser.abort(error instanceof Error ? error : new Error(String(error))));
          return;
        }
        case 'Directory':
        case 'GNUDumpDir':
          entries.set(path, { kind: 'directory', ...attributes });
          if (isFolderAlone && entries.size === 1) {
            isEnough = true;
            archive.destroy();
          }
          break;
        case 'SymbolicLink':
          entries.set(path, { kind: 'symlink', ...attributes, target });
          break;
        case 'Link':
          entries.set(path, { kind: 'hardlink', ...attributes, target: posix.join(folder, target) });
          break;
        default:
          entries.set(path, { kind: 'special', what: entry.type });
      }
      entry.resume();
    },
  });
  // Told in its place between the entries.
  parser.on('meta', (text: string) => {
    isGarbled = losesRecords(text);
  });
  // An archive of nothing, as that of a socket is, is one; the parser says it is not.
  parser.on('eof', () => {
    isEnough ||= entries.size === 0;
  });
  await pipeline(archive, wholeCharacters(), parser, { signal: ctx.signal }).catch((error: unknown) => {
    ctx.signal.throwIfAborted();
    if (!isEnough) throw error;
  });
  await writing;
  return entries;
}

/** Whether the parser passes over a record of a PAX header, and takes what is left of the name in the old header: it reads them as lines of UTF-8, so it
 *  does for a name that is none or has a line break. */
function losesRecords(text: string): boolean {
  const lines = text.replace(/\n$/, '').split('\n');
  return PAX_RECORD.test(text) && lines.some((line) => Number.parseInt(line, 10) !== Buffer.byteLength(line) + 1);
}

const PAX_RECORD = /^\d+ [^=]+=/;

function contentAt(spool: string, start: number, size: number): FileContent {
  if (size === 0) return { kind: 'bytes', bytes: new Uint8Array() };
  return { kind: 'stream', open: () => createReadStream(spool, { start, end: start + size - 1 }) };
}

/** What a spooled file has in it. */
export function contentStream(content: FileContent): Readable {
  switch (content.kind) {
    case 'bytes':
      return Readable.from([content.bytes]);
    case 'path':
      return createReadStream(content.path);
    case 'stream':
      return content.open();
  }
}

const LARGEST_TEXT = 1024 * 1024;

/** The text of one small file in a container; `undefined` where there is none.
 *  @throws {ToolError} ASSEMBLE_FAILED for what is no file or larger than 1 MiB */
export async function readTextFile(container: BuildContainer, path: string, ctx: Ctx): Promise<string | undefined> {
  return container.readArchive(path, (archive) => readText(archive, path, ctx), ctx);
}

async function readText(archive: Readable, path: string, ctx: Ctx): Promise<string> {
  const { Parser } = await import('tar');
  const chunks: Buffer[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const why =
        entry.type !== 'File' ? 'it is no file' : entry.size > LARGEST_TEXT ? 'it is larger than 1 MiB' : null;
      if (why === null) return void entry.on('data', (chunk: Buffer) => chunks.push(chunk));
      entry.resume();
      // The rest, which may be large, is not read.
      archive.destroy(
        new ToolError('ASSEMBLE_FAILED', `Cannot read "${path}", which assemble left: ${why}`, { details: { path } }),
      );
    },
  });
  await pipeline(archive, parser, { signal: ctx.signal });
  return Buffer.concat(chunks).toString('utf8');
}
