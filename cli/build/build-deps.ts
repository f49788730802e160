import type { Ctx } from '../../runtime/core/context.ts';
import type { ImageRef } from '../../runtime/core/image-ref.ts';
import type { Referrers } from '../image/referrers.ts';
import type { ToolchainDeps } from '../toolchain/deps.ts';
import type { ToolFacts } from './build-request.ts';
import type { BuildExecutor } from './executor.ts';
import type { NamedBuilder } from './find-builder.ts';
import type { LauncherBundle } from './host/launcher-layer.ts';
import type { BuildContainers } from './s2i/build-container.ts';

/** What a build takes from the outside. */
export interface BuildDeps {
  readonly toolchain: Omit<ToolchainDeps, 'index'>;
  readonly tool: ToolFacts;
  readonly launcher: LauncherBundle;
  /** A builder by its name (`registry.example/hibana-python:3.12`, `oci:DIR:TAG`), read from the mirror where there is one.
   *  @throws {ToolError} IMAGE_NAME_INVALID */
  readonly builder: (name: string, mirror: ImageRef | null) => NamedBuilder;
  readonly executor: (deps: ToolchainDeps) => BuildExecutor;
  /** What is attached to the images of the destination; `null` where it keeps no such things, or nobody wants them. */
  readonly referrers: Referrers | null;
  /** Where builders' own scripts run.
   *  @throws {ToolError} DOCKER_UNREACHABLE */
  readonly containers: (ctx: Ctx) => Promise<BuildContainers>;
  /** A folder for what is fetched and made, guarded from now on; asked for before the first file or process. */
  readonly scratch: () => Promise<string>;
}
