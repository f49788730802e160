import type { Ctx } from '../../../runtime/core/context.ts';
import type { FileContent, LayerEntry } from '../../image/layer-source.ts';
import { APP_FOLDER, APP_LINK, fileAttributes } from '../image-path.ts';
import { hashFiles } from './hash-files.ts';
import { listSource, type SourceEntry, type SourceRules } from './list-source.ts';

export interface SourceContent {
  /** What the source has in it, as plain values: the same from any folder, user and time. */
  readonly facts: readonly (readonly unknown[])[];
  /** The same as entries of an archive, at the places that `place` gives to paths relative to the source. */
  entries(place: (path: Buffer) => Buffer): readonly LayerEntry[];
}

/** Reads a source, without what its rules leave out.
 *  @throws {ToolError} FILE_UNREADABLE, SOURCE_CHANGED */
export async function readContent(dir: string, rules: SourceRules, ctx: Ctx): Promise<SourceContent> {
  const entries = await listSource(dir, rules);
  const hashed = await hashFiles(entries, ctx);
  return {
    facts: entries.map((entry, index) => [entry.path.toString('base64'), ...factsOf(entry, hashed[index]?.hash)]),
    entries: (place) => entries.map((entry, index) => toLayer(entry, place(entry.path), hashed[index]?.content)),
  };
}

function factsOf(entry: SourceEntry, hash: string | undefined): readonly unknown[] {
  switch (entry.kind) {
    case 'directory':
      return ['directory'];
    case 'symlink':
      return ['link', entry.target.toString('base64')];
    case 'file':
      return [fileAttributes(entry.mode).mode, hash];
  }
}

function toLayer(entry: SourceEntry, path: Buffer, content: FileContent | undefined): LayerEntry {
  switch (entry.kind) {
    case 'directory':
      return { kind: 'directory', path, ...APP_FOLDER };
    case 'symlink':
      return { kind: 'symlink', path, ...APP_LINK, target: entry.target };
    case 'file': {
      const { size, mode, place } = entry;
      return { kind: 'file', path, ...fileAttributes(mode), size, content: content ?? { kind: 'path', path: place } };
    }
  }
}
