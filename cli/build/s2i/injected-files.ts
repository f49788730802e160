import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type { LayerEntry } from '../../image/layer-source.ts';
import { hashOf } from '../content-hash.ts';
import { type HashedFile, hashFiles } from '../host/hash-files.ts';
import type { SourceEntry } from '../host/list-source.ts';
import { archiveOf } from './archive-stream.ts';
import type { ContainerUpload } from './build-container.ts';
import type { Injection } from './contract-options.ts';

/** What is put into a container before it starts. */
export interface InjectedFiles {
  readonly uploads: readonly ContainerUpload[];
  /** Where the files are in the container: no part of the image. */
  readonly paths: readonly string[];
  /** Of what is in them, and where. */
  readonly hash: string;
}

/** Reads what is to be injected: a file under its own name, of a folder all files in it. Whoever runs assemble may read them.
 *  `workdir` is where relative places begin.
 *  @throws {ToolError} FILE_UNREADABLE, SOURCE_CHANGED */
export async function readInjections(
  injections: readonly Injection[],
  workdir: string,
  ctx: Ctx,
): Promise<InjectedFiles> {
  const read = await Promise.all(injections.map((one) => readInjection(one, workdir, ctx)));
  return {
    uploads: read.map(({ upload }) => upload),
    paths: read.flatMap(({ paths }) => paths),
    hash: hashOf(read.map(({ facts }) => facts)),
  };
}

type SourceFile = Extract<SourceEntry, { kind: 'file' }>;

async function readInjection({ from, to }: Injection, workdir: string, ctx: Ctx) {
  const folder = posix.resolve('/', workdir, to);
  const files = await listFiles(from);
  const hashed = await hashFiles(files, ctx);
  const entries = files.map((file, at) => entryOf(file, hashed[at]));
  return {
    upload: { folder, archive: () => archiveOf(entries, ctx) },
    paths: files.map(({ path }) => posix.join(folder, path.toString())),
    facts: [folder, files.map(({ path, mode }, at) => [path.toString('base64'), modeOf(mode), hashed[at]?.hash])],
  };
}

async function listFiles(from: string): Promise<readonly SourceFile[]> {
  try {
    const isFile = (await stat(from)).isFile();
    const top = isFile ? dirname(from) : from;
    const names = isFile ? [basename(from)] : (await readdir(from, { recursive: true })).sort();
    const found = await Promise.all(names.map((name) => fileAt(top, name)));
    return found.filter((file) => file !== undefined);
  } catch (cause) {
    const why = systemCode(cause);
    if (why === undefined) throw cause;
    throw new ToolError('FILE_UNREADABLE', `Cannot read "${from}" (--inject): ${why}`, { cause });
  }
}

/** Links are followed: what Kubernetes mounts as a secret is made of them. */
async function fileAt(top: string, name: string): Promise<SourceFile | undefined> {
  const place = await realpath(join(top, name));
  const found = await stat(place);
  if (!found.isFile()) return undefined;
  const { size, mode } = found;
  return { kind: 'file', path: Buffer.from(name), place: Buffer.from(place), size, mode };
}

const READABLE = 0o444;

function modeOf(mode: number): number {
  return (mode & 0o777) | READABLE;
}

function entryOf({ path, place, size, mode }: SourceFile, hashed: HashedFile | undefined): LayerEntry {
  const content = hashed?.content ?? ({ kind: 'path', path: place } as const);
  return { kind: 'file', path, mode: modeOf(mode), uid: 0, gid: 0, size, content };
}
