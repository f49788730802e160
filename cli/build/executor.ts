import type { AppDescriptor } from '../../runtime/core/app.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import type { LayerSource } from '../image/layer-source.ts';
import type { Application } from '../run/read-application.ts';
import type { PlatformBuilder, PlatformImage } from './find-builder.ts';
import type { LauncherBundle } from './host/launcher-layer.ts';
import type { Inventory } from './inventory.ts';

/** What an executor makes layers of. */
export interface AssembleInput {
  readonly application: Application;
  /** As the image shall have it. */
  readonly app: AppDescriptor;
  /** Whether the source is a folder of the user's, where `.gitignore` counts. */
  readonly isDirectory: boolean;
  readonly builders: readonly PlatformBuilder[];
  readonly launcher: LauncherBundle;
  /** `--java DIR` */
  readonly java: string | null;
  /** `--upgrade` */
  readonly upgrade: boolean;
}

/** A layer that is known by its content. */
export type KeyedLayer = LayerSource & { readonly key: string };

/** What goes onto the builder of one platform. */
export interface AssembledImage {
  readonly builder: PlatformImage & Partial<Pick<PlatformBuilder, 'facts'>>;
  /** The lowest first. A layer that is the same for several platforms is the same object. */
  readonly layers: readonly KeyedLayer[];
  /** What is in the layers. */
  readonly inventory: Inventory;
}

/** Makes the layers of an application. Executors differ in where that happens; what they make is packed in one way.
 *  Gives an image for each builder, in their order.
 *  @throws {ToolError} of the catalog's build rows */
export interface BuildExecutor {
  assemble(input: AssembleInput, ctx: Ctx): Promise<readonly AssembledImage[]>;
  /** Is told for what it will assemble while the source is still on its way, and may look about meanwhile. Whatever is wrong, `assemble` says it. */
  expect(builders: readonly PlatformBuilder[], ctx: Ctx): Promise<void>;
}
