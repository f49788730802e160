import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';
import type { Attributes, FileEntry, LayerEntry, LayerSource } from './layer-source.ts';

export interface DirectoryOptions extends Pick<LayerSource, 'kind' | 'key' | 'createdBy'> {
  /** The folder of this machine whose content becomes the layer. */
  readonly dir: string;
  /** Where the content is in the image: `opt/app-root/src`; empty for its root. */
  readonly prefix: string;
  /** What directories of the base are like, by path; default: none are known. */
  readonly parents?: LayerSource['parents'];
  /** Whose the files are. `kept`: as they are here, with their modes and set-id bits: for a whole root file system, read by root.
   *  Default: 1001:0, and the group, which any random user of a container is in, can what the owner can. */
  readonly owner?: Pick<Attributes, 'uid' | 'gid'> | 'kept';
  /** Whether to leave something out, by its path below `dir`; what is in a folder that is left out is not asked for. Default: nothing. */
  readonly exclude?: (path: string, isDirectory: boolean) => boolean;
  /** Whether files that are one file here are one in the image. Default: no, so that a copy of the folder makes the same layer. */
  readonly keepHardLinks?: boolean;
}

/** The layer of a folder. Symbolic links stay as they are and are never followed; a hard link to what is outside is a file. Sockets, pipes and
 *  devices are left out, set-id bits of files taken off, both with a notice. Extended attributes are not kept.
 *  Its entries: @throws {ToolError} FILE_UNREADABLE, SOURCE_CHANGED; reject with `signal.reason` on abort. */
export function directorySource(options: DirectoryOptions): LayerSource {
  const { kind, key, createdBy, parents = {} } = options;
  return { kind, key, createdBy, parents, entries: (ctx) => listEntries(options, ctx) };
}

const DEFAULT_OWNER = { uid: 1001, gid: 0 };
/** Listed at a stretch; then others have their turn. Node lists and stats so ten times faster than through promises, even many at once. */
const ENTRIES_A_TURN = 2_000;
const SET_ID_BITS = 0o6000;

interface Walk {
  readonly options: DirectoryOptions;
  readonly found: LayerEntry[];
  /** Files that have several names, by device and inode. */
  readonly linked: Map<string, FileEntry[]>;
  readonly skipped: string[];
  readonly setId: string[];
}

async function* listEntries(options: DirectoryOptions, ctx: Ctx): AsyncGenerator<LayerEntry> {
  const walk: Walk = { options, found: [], linked: new Map(), skipped: [], setId: [] };
  const root: Place = { here: latin1(options.dir), below: '', inImage: latin1(options.prefix) };
  if (options.prefix !== '' && !Object.hasOwn(options.parents ?? {}, options.prefix)) {
    const stats = reading(options.dir, () => lstatSync(options.dir));
    walk.found.push({ kind: 'directory', path: Buffer.from(options.prefix), ...attributesOf(stats, 0o7, walk) });
  }
  const folders = [root];
  for (let folder = folders.pop(), turn = 0; folder; folder = folders.pop()) {
    ctx.signal.throwIfAborted();
    listFolder(folder, walk, folders);
    if (walk.found.length - turn >= ENTRIES_A_TURN) {
      turn = walk.found.length;
      await nextTurn();
    }
  }
  tell(walk, ctx);
  if (options.keepHardLinks) yield* withHardLinks(walk);
  else yield* walk.found;
}

/** The same thing on this machine, below the folder, and in the image: one character a byte, because names need be no UTF-8 and texts take less
 *  time and room than buffers. */
interface Place {
  readonly here: string;
  readonly below: string;
  readonly inImage: string;
}

/** Lists what is in a folder; the folders in it are added to `folders`. */
function listFolder({ here, below, inImage }: Place, walk: Walk, folders: Place[]): void {
  const path = pathOf(here);
  for (const name of reading(path, () => readdirSync(path, { encoding: 'latin1' }))) {
    const place = { here: joined(here, name), below: joined(below, name), inImage: joined(inImage, name) };
    const file = pathOf(place.here);
    const stats = reading(file, () => lstatSync(file));
    const isExcluded = walk.options.exclude?.(utf8(place.below), stats.isDirectory()) ?? false;
    if (isExcluded) continue;
    const entry = entryOf(file, Buffer.from(place.inImage, 'latin1'), stats, walk);
    if (entry === undefined) {
      walk.skipped.push(utf8(place.below));
      continue;
    }
    walk.found.push(entry);
    if (entry.kind === 'file' && stats.nlink > 1) rememberLink(entry, stats, walk);
    if (entry.kind === 'directory') folders.push(place);
  }
}

function entryOf(file: string | Buffer, path: Buffer, stats: Stats, walk: Walk): LayerEntry | undefined {
  if (stats.isDirectory()) return { kind: 'directory', path, ...attributesOf(stats, 0o7, walk) };
  if (stats.isSymbolicLink()) {
    const target = reading(file, () => readlinkSync(file, { encoding: 'buffer' }));
    return { kind: 'symlink', path, ...attributesOf(stats, 0, walk), mode: 0o777, target };
  }
  if (!stats.isFile()) return undefined;
  if ((stats.mode & SET_ID_BITS) !== 0 && walk.options.owner !== 'kept') walk.setId.push(path.toString());
  const attributes = attributesOf(stats, 0, walk);
  return { kind: 'file', path, ...attributes, size: stats.size, content: { kind: 'path', path: file } };
}

/** The owner's rights are those of the group too, and of others without writing: what remains does not depend on anybody's umask. `least`: what
 *  the owner of a folder must be able to. */
function attributesOf({ mode, uid, gid }: Stats, least: number, { options }: Walk): Attributes {
  if (options.owner === 'kept') return { mode: mode & 0o7777, uid, gid };
  const own = ((mode >> 6) & 0o7) | least;
  return { mode: (own << 6) | (own << 3) | (own & 0o5), ...(options.owner ?? DEFAULT_OWNER) };
}

function rememberLink(entry: FileEntry, { dev, ino }: Stats, { linked }: Walk): void {
  const key = `${dev}:${ino}`;
  const group = linked.get(key);
  if (group) group.push(entry);
  else linked.set(key, [entry]);
}

/** The first name by bytes is the file, the others are links to it. */
function* withHardLinks({ found, linked }: Walk): Generator<LayerEntry> {
  const targets = new Map<LayerEntry, Buffer>();
  for (const group of linked.values()) {
    const [first, ...others] = group.toSorted((a, b) => a.path.compare(b.path));
    for (const other of first ? others : []) targets.set(other, first?.path ?? other.path);
  }
  for (const entry of found) {
    const target = targets.get(entry);
    if (target === undefined || entry.kind !== 'file') yield entry;
    else {
      const { path, mode, uid, gid } = entry;
      yield { kind: 'hardlink', path, mode, uid, gid, target };
    }
  }
}

function tell({ options, skipped, setId }: Walk, ctx: Ctx): void {
  const [skippedText, setIdText] = [textOf(skipped), textOf(setId)];
  if (skippedText !== undefined) {
    const message = `Left out of the layer ${options.kind}, because it is no file, folder or link: ${skippedText}`;
    ctx.emit({ type: 'notice', level: 'warning', message });
  }
  if (setIdText !== undefined) {
    const message = `Took the set-user-id or set-group-id bit off in the layer ${options.kind}: ${setIdText}`;
    ctx.emit({ type: 'notice', level: 'warning', message });
  }
}

function textOf(paths: readonly string[]): string | undefined {
  const [first, ...more] = paths.toSorted();
  if (first === undefined) return undefined;
  return `${JSON.stringify(first)}${more.length === 0 ? '' : ` and ${more.length} more`}`;
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function utf8(bytes: string): string {
  return IS_ASCII.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString();
}

/** For Node's functions, which take a text for UTF-8. */
function pathOf(bytes: string): string | Buffer {
  return IS_ASCII.test(bytes) ? bytes : Buffer.from(bytes, 'latin1');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII
const IS_ASCII = /^[\x00-\x7f]*$/;

function reading<T>(path: string | Buffer, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined) throw cause;
    const details = { path: path.toString(), errno: code };
    if (code === 'EACCES' || code === 'EPERM' || code === 'EIO') {
      throw new ToolError('FILE_UNREADABLE', `Cannot read "${path}" for an image: ${code}`, { cause, details });
    }
    throw new ToolError('SOURCE_CHANGED', `Cannot put "${path}" into an image: ${code}`, { cause, details });
  }
}
