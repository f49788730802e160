import { ToolError } from '../../../runtime/core/errors.ts';
import type { Attributes, LayerEntry } from '../layer-source.ts';

/** The entries as an archive has them: sorted by the bytes of their paths, so that a directory comes before what is in it; every parent named;
 *  what is deleted before all else in its directory.
 *  @throws {ToolError} LAYER_INVALID for a path twice, one that leads out of the layer or through what is no directory, a name that would read
 *  as a deletion (`.wh.…`), a hard link to what is not there
 *  Source: OCI image-spec, layer.md. */
export function orderEntries(
  entries: readonly LayerEntry[],
  parents: Readonly<Record<string, Attributes>>,
): readonly LayerEntry[] {
  const byKey = new Map<string, LayerEntry>();
  for (const entry of entries) {
    checkPath(entry.path);
    const key = keyOf(entry);
    if (byKey.has(key)) throw invalid(entry.path, 'it is there twice');
    byKey.set(key, entry);
  }
  addParents(byKey, new Map(Object.entries(parents).map(([path, value]) => [keyOfPath(Buffer.from(path)), value])));
  for (const entry of entries) if (entry.kind === 'hardlink') checkLink(entry, byKey);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** Of a directory that neither the layer nor the base names. */
const DEFAULT_PARENT: Attributes = { mode: 0o755, uid: 0, gid: 0 };
const WHITEOUT_PREFIX = '.wh.';

/** One character a byte: such texts compare as the bytes do, and faster. */
function keyOfPath(path: Buffer): string {
  return path.toString('latin1');
}

/** A byte that no name has stands before the name of what is deleted: it comes first, and what takes its place is not the same path. */
function keyOf({ kind, path }: LayerEntry): string {
  const key = keyOfPath(path);
  if (kind !== 'whiteout') return key;
  const at = key.lastIndexOf('/') + 1;
  return `${key.slice(0, at)}\0${key.slice(at)}`;
}

function checkPath(path: Buffer): void {
  if (path.includes(0)) throw invalid(path, 'it has a zero byte');
  for (const name of keyOfPath(path).split('/')) {
    if (name === '' || name === '.' || name === '..') throw invalid(path, 'it is no path inside the image');
    if (name.startsWith(WHITEOUT_PREFIX)) {
      throw invalid(path, `in an image a name that begins with "${WHITEOUT_PREFIX}" deletes a file`);
    }
  }
}

function addParents(byKey: Map<string, LayerEntry>, parents: ReadonlyMap<string, Attributes>): void {
  for (const entry of [...byKey.values()]) {
    let key = parentOf(keyOfPath(entry.path));
    while (key !== '') {
      const there = byKey.get(key);
      if (there && there.kind !== 'directory') throw invalid(entry.path, `${quote(there.path)} is no directory`);
      if (there) break;
      const path = Buffer.from(key, 'latin1');
      byKey.set(key, { kind: 'directory', path, ...(parents.get(key) ?? DEFAULT_PARENT) });
      key = parentOf(key);
    }
  }
}

function parentOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('/')));
}

function checkLink(entry: LayerEntry & { readonly kind: 'hardlink' }, byKey: ReadonlyMap<string, LayerEntry>): void {
  const target = keyOfPath(entry.target);
  if (byKey.get(target)?.kind !== 'file' || target > keyOfPath(entry.path)) {
    throw invalid(entry.path, `it is a hard link to ${quote(entry.target)}, which is no file before it in its layer`);
  }
}

function quote(path: Buffer): string {
  return JSON.stringify(path.toString());
}

function invalid(path: Buffer, why: string): ToolError {
  return new ToolError('LAYER_INVALID', `Cannot put ${quote(path)} into an image: ${why}`, {
    details: { path: path.toString() },
  });
}
