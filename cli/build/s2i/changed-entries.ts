import { join, posix } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { LayerEntry } from '../../image/layer-source.ts';
import type { ContainerChange, ContainerFiles } from './build-container.ts';
import { type SpooledEntry, spoolArchive } from './spool-archive.ts';

export interface ChangesWanted {
  /** Absolute paths that are no part of the image, with all that is below them. */
  readonly except: readonly string[];
  /** A folder for the contents of the files: the entries can be read as long as it is there. */
  readonly scratch: string;
}

/** What a container in which nothing runs any more has changed of its image, as entries of a layer.
 *  @throws {ToolError} LAYER_INVALID for names that are no UTF-8, which the daemon's answer cannot tell apart, and for those with a line break */
export async function changedEntries(
  container: ContainerFiles,
  { except, scratch }: ChangesWanted,
  ctx: Ctx,
): Promise<readonly LayerEntry[]> {
  const changes = withoutPaths(await container.changes(ctx), [...NEVER, ...except]);
  const there = new Set(changes.flatMap(({ path, kind }) => (kind === 'deleted' ? [] : [path])));
  const entries: Found = new Map();
  for (const [index, { path: root, isFolderAlone }] of archivesToFetch(changes).entries()) {
    const wanted = { folder: posix.dirname(root), isFolderAlone, spool: join(scratch, String(index)) };
    const spooled = await container.readArchive(root, (archive) => spoolArchive(archive, wanted, ctx), ctx);
    for (const [path, entry] of spooled ?? []) {
      if (there.has(path)) addEntry(entries, path, entry, { spooled: spooled ?? new Map(), there }, ctx);
    }
  }
  for (const path of there) await findMissing(path, entries, { container, scratch }, ctx);
  const deleted = changes.filter(({ kind }) => kind === 'deleted');
  const kept = [...entries.values()].filter((entry) => entry !== null);
  return [...kept, ...deleted.map(({ path }) => ({ kind: 'whiteout', path: relative(path) }) as const)];
}

/** What the daemon itself puts into every container. */
const NEVER = [
  ...['/.dockerenv', '/dev', '/proc', '/sys', '/run/secrets'],
  ...['/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/etc/mtab'],
];

/** Without these paths, what is below them, and the folders that are there for their sake alone. */
function withoutPaths(changes: readonly ContainerChange[], left: readonly string[]): readonly ContainerChange[] {
  const isLeft = ({ path }: ContainerChange): boolean => left.some((one) => isWithin(path, one));
  const kept = changes.filter((change) => !isLeft(change));
  const [above, needed] = [foldersAbove(changes.filter(isLeft)), foldersAbove(kept)];
  return kept.filter(({ path, kind }) => kind !== 'added' || !above.has(path) || needed.has(path));
}

function foldersAbove(changes: readonly ContainerChange[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const { path } of changes) {
    for (let above = posix.dirname(path); !folders.has(above); above = posix.dirname(above)) folders.add(above);
  }
  return folders;
}

/** With more to fetch than this a folder is fetched whole: a request for each takes longer than what of it nobody needs. */
const REQUESTS_PER_FOLDER = 16;

interface ArchiveRequest {
  readonly path: string;
  /** A folder that was there before: only its own attributes may have changed. */
  readonly isFolderAlone: boolean;
}

/** What to ask for, so that every change is in one of the archives: what is new with all that is below it, and one by one what was there before,
 *  unless that is much in one folder. */
export function archivesToFetch(changes: readonly ContainerChange[]): readonly ArchiveRequest[] {
  const added = new Set(changes.flatMap(({ path, kind }) => (kind === 'added' ? [path] : [])));
  const wanted = changes.filter(({ path, kind }) => kind !== 'deleted' && !added.has(posix.dirname(path)));
  const perFolder = Map.groupBy(wanted, ({ path }) => posix.dirname(path));
  const whole = [...perFolder].flatMap(([folder, found]) => (found.length > REQUESTS_PER_FOLDER ? [folder] : []));
  const wholeFolders = new Set(whole);
  const paths = [...new Set([...whole, ...wanted.map(({ path }) => path)])];
  return paths
    .filter((path) => !isBelow(path, wholeFolders))
    .sort()
    .map((path) => ({ path, isFolderAlone: !added.has(path) && !wholeFolders.has(path) }));
}

/** By absolute path; `null` for what is left out. */
type Found = Map<string, LayerEntry | null>;

interface Surroundings {
  readonly spooled: ReadonlyMap<string, SpooledEntry>;
  readonly there: ReadonlySet<string>;
}

function addEntry(entries: Found, path: string, spooled: SpooledEntry, around: Surroundings, ctx: Ctx): void {
  if (path.includes('\ufffd') || spooled.kind === 'garbled') throw unreadable(path);
  if (spooled.kind === 'special') {
    entries.set(path, null);
    leaveOut(path, spooled.what, ctx);
    return;
  }
  entries.set(path, layerEntry(path, spooled, around));
}

function leaveOut(path: string, what: string, ctx: Ctx): void {
  const message = `"${path}" is left out of the image: it is a ${what}`;
  ctx.emit({ type: 'notice', level: 'warning', message });
}

function unreadable(path: string): ToolError {
  return new ToolError('LAYER_INVALID', `Cannot put "${path}" into an image: its name or target is no line of UTF-8`, {
    details: { path },
    hint: 'Let assemble give the file another name',
  });
}

interface Place {
  readonly container: ContainerFiles;
  readonly scratch: string;
}

/** What has changed and is in no archive: sockets are in none, and names that could not be read are there as others. */
async function findMissing(path: string, found: Found, { container, scratch }: Place, ctx: Ctx): Promise<void> {
  if (found.has(path) || path === '/') return;
  const wanted = { folder: posix.dirname(path), isFolderAlone: true, spool: join(scratch, 'missing') };
  const alone = await container.readArchive(path, (archive) => spoolArchive(archive, wanted, ctx), ctx);
  if (alone?.size !== 0) throw unreadable(path);
  leaveOut(path, 'Socket', ctx);
}

function layerEntry(
  path: string,
  spooled: Exclude<SpooledEntry, { kind: 'special' | 'garbled' }>,
  around: Surroundings,
): LayerEntry {
  const { mode, uid, gid } = spooled;
  const common = { path: relative(path), mode, uid, gid };
  switch (spooled.kind) {
    case 'directory':
      return { kind: 'directory', ...common };
    case 'symlink':
      return { kind: 'symlink', ...common, target: Buffer.from(spooled.target) };
    case 'file':
      return { kind: 'file', ...common, size: spooled.size, content: spooled.content };
    case 'hardlink': {
      const target = around.spooled.get(spooled.target);
      // A link into the layers below becomes a file of its own, and so does one to a name that comes later.
      const isBefore = Buffer.compare(Buffer.from(spooled.target), Buffer.from(path)) < 0;
      if (target?.kind === 'file' && !(around.there.has(spooled.target) && isBefore)) {
        return { kind: 'file', ...common, size: target.size, content: target.content };
      }
      return { kind: 'hardlink', ...common, target: relative(spooled.target) };
    }
  }
}

function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  for (let above = posix.dirname(path); above !== posix.dirname(above); above = posix.dirname(above)) {
    if (folders.has(above)) return true;
  }
  return folders.has('/') && path !== '/';
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function relative(path: string): Buffer {
  return Buffer.from(path.replace(/^\/+/, ''));
}
