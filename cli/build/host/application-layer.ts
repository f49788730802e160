import type { AppDescriptor } from '../../../runtime/core/app.ts';
import type { Ctx } from '../../../runtime/core/context.ts';
import { IMAGE_PATHS } from '../../../runtime/core/image-layout.ts';
import type { FileContent, LayerEntry, LayerSource } from '../../image/layer-source.ts';
import { BUILDER_FOLDERS } from '../builder-labels.ts';
import { hashOf } from '../content-hash.ts';
import { APP_FILE, APP_FOLDER, APP_LINK, fileAttributes, pathInImage } from '../image-path.ts';
import { hashFiles } from './hash-files.ts';
import { listSource, type SourceEntry, type SourceRules } from './list-source.ts';

export interface ApplicationInput extends SourceRules {
  /** The application's folder, absolute. */
  readonly dir: string;
  readonly app: AppDescriptor;
}

/** The source and the descriptor as a layer. It is known by its content, so that it is the same from any folder, user and time.
 *  @throws {ToolError} FILE_UNREADABLE */
export async function applicationLayer(
  input: ApplicationInput,
  ctx: Ctx,
): Promise<LayerSource & { readonly key: string }> {
  const entries = await listSource(input.dir, input);
  const hashed = await hashFiles(entries, ctx);
  const facts = entries.map((entry, index) => [
    entry.path.toString('base64'),
    ...contentOf(entry, hashed[index]?.hash),
  ]);
  const descriptor = Buffer.from(`${JSON.stringify(input.app, null, 2)}\n`);
  return {
    kind: 'app',
    key: hashOf({ format: FORMAT, facts, descriptor: descriptor.toString() }),
    createdBy: 'hibana: application',
    parents: BUILDER_FOLDERS,
    async *entries() {
      for (const [index, entry] of entries.entries()) yield toLayer(entry, hashed[index]?.content);
      const [path, size] = [pathInImage(IMAGE_PATHS.descriptor), descriptor.length];
      yield { kind: 'file', path, ...APP_FILE, size, content: { kind: 'bytes', bytes: descriptor } };
    },
  };
}

/** Changes when the same source makes another layer. */
const FORMAT = 1;

function contentOf(entry: SourceEntry, hash: string | undefined): readonly unknown[] {
  switch (entry.kind) {
    case 'directory':
      return ['directory'];
    case 'symlink':
      return ['link', entry.target.toString('base64')];
    case 'file':
      return [fileAttributes(entry.mode).mode, hash];
  }
}

function toLayer(entry: SourceEntry, content: FileContent | undefined): LayerEntry {
  const path = pathInImage(IMAGE_PATHS.app, entry.path);
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
