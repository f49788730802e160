import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { IMAGE_PATHS } from '../../../runtime/core/image-layout.ts';
import type { LayerEntry, LayerSource } from '../../image/layer-source.ts';
import type { Libc } from '../../packages/machine.ts';
import { BUILDER_FOLDERS } from '../builder-labels.ts';
import { hashOf } from '../content-hash.ts';
import { APP_FOLDER, APP_LINK, fileAttributes, pathInImage } from '../image-path.ts';
import { correctRecord, relocateScript } from './relocate-scripts.ts';

export interface DependenciesInput {
  /** Exact versions with hashes, in the format of requirements.txt. */
  readonly lock: string;
  /** Whether only wheels were taken; else some may have been built on this machine. */
  readonly isWheelsOnly: boolean;
  /** `3.12` */
  readonly python: string;
  readonly libc: Libc;
  readonly architecture: string;
  /** The digest of the builder image. */
  readonly builder: string;
  /** Has them installed, and gives the folder. Called only when the layer is made. */
  readonly install: (ctx: Ctx) => Promise<string>;
}

/** The Python dependencies as a layer: what `uv pip install --target` makes, without compiled bytecode and with the Python of this machine taken
 *  out of its programs. The folder stays as it is: runs use it, too. */
export function dependenciesLayer({ install, ...facts }: DependenciesInput): LayerSource & { readonly key: string } {
  return {
    kind: 'dependencies',
    key: hashOf({ format: FORMAT, ...facts }),
    createdBy: 'hibana: Python dependencies',
    parents: BUILDER_FOLDERS,
    async *entries(ctx) {
      yield { kind: 'directory', path: pathInImage(IMAGE_PATHS.dependencies), ...APP_FOLDER };
      yield* treeEntries(await install(ctx), ctx);
    },
  };
}

/** Changes when the same set makes another layer. */
const FORMAT = 1;

async function* treeEntries(site: string, ctx: Ctx): AsyncGenerator<LayerEntry> {
  const paths = await listTree(site, '');
  const files = new Set(paths);
  const scripts = await relocatedScripts(site, paths);
  for (const path of paths) {
    ctx.signal.throwIfAborted();
    const record = RECORD.test(path)
      ? correctRecord(await readFile(join(site, path), 'utf8'), (one) => files.has(one), scripts)
      : undefined;
    const bytes = record === undefined ? scripts.get(path) : Buffer.from(record);
    yield await entryOf(join(site, path), pathInImage(IMAGE_PATHS.dependencies, path), bytes);
  }
}

const RECORD = /^[^/]+\.dist-info\/RECORD$/;
/** Bytecode would be that of this machine's Python, and uv's notes on builds have times in them. */
const LEFT_OUT = /^(?:__pycache__|uv_cache\.json|uv_build\.json)$/;

/** Folders and all that is in them, sorted. */
async function listTree(site: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(site, folder), { withFileTypes: true });
  const kept = entries.filter(({ name }) => !LEFT_OUT.test(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const found: string[] = [];
  for (const entry of kept) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(path, ...(await listTree(site, path)));
    else if (entry.isFile() || entry.isSymbolicLink()) found.push(path);
  }
  return found;
}

async function relocatedScripts(site: string, paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const scripts = new Map<string, Buffer>();
  for (const path of paths.filter((one) => /^bin\/[^/]+$/.test(one))) {
    const found = await lstat(join(site, path));
    const relocated = found.isFile() ? relocateScript(await readFile(join(site, path))) : undefined;
    if (relocated !== undefined) scripts.set(path, relocated);
  }
  return scripts;
}

async function entryOf(place: string, path: Buffer, bytes: Buffer | undefined): Promise<LayerEntry> {
  const found = await lstat(place);
  if (found.isDirectory()) return { kind: 'directory', path, ...APP_FOLDER };
  if (found.isSymbolicLink()) {
    return { kind: 'symlink', path, ...APP_LINK, target: await readlink(place, { encoding: 'buffer' }) };
  }
  const content = bytes === undefined ? ({ kind: 'path', path: place } as const) : ({ kind: 'bytes', bytes } as const);
  return { kind: 'file', path, ...fileAttributes(found.mode), size: bytes?.length ?? found.size, content };
}
