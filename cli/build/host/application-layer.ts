import type { AppDescriptor } from '../../../runtime/core/app.ts';
import type { Ctx } from '../../../runtime/core/context.ts';
import { IMAGE_PATHS } from '../../../runtime/core/image-layout.ts';
import type { LayerSource } from '../../image/layer-source.ts';
import { BUILDER_FOLDERS } from '../builder-labels.ts';
import { hashOf } from '../content-hash.ts';
import { APP_FILE, pathInImage } from '../image-path.ts';
import type { SourceRules } from './list-source.ts';
import { readContent } from './source-content.ts';

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
  const { facts, entries } = await readContent(input.dir, input, ctx);
  const descriptor = Buffer.from(`${JSON.stringify(input.app, null, 2)}\n`);
  return {
    kind: 'app',
    key: hashOf({ format: FORMAT, facts, descriptor: descriptor.toString() }),
    createdBy: 'hibana: application',
    parents: BUILDER_FOLDERS,
    async *entries() {
      yield* entries((path) => pathInImage(IMAGE_PATHS.app, path));
      const [path, size] = [pathInImage(IMAGE_PATHS.descriptor), descriptor.length];
      yield { kind: 'file', path, ...APP_FILE, size, content: { kind: 'bytes', bytes: descriptor } };
    },
  };
}

/** Changes when the same source makes another layer. */
const FORMAT = 1;
