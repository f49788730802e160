import { resolve } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { type ImageRef, parseImageRef } from '../../runtime/core/image-ref.ts';
import { imagePlace } from '../builder/image-place.ts';
import type { ImageStore } from '../image/image-store.ts';
import { parseLayoutRef } from '../image/layout/layout-ref.ts';
import { createLayoutReferrers } from '../image/layout/layout-referrers.ts';
import { createLayoutStore } from '../image/layout/layout-store.ts';
import type { Referrers } from '../image/referrers.ts';
import type { Registries } from '../image/registry/registries.ts';
import type { Destination } from './destination.ts';
import type { NamedBuilder } from './find-builder.ts';

/** What opens places for images. */
export interface PlaceTools {
  readonly registries: Registries;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly pid: number;
  /** Whether a destination is only asked. Of other kinds than a daemon `dryStore` makes one that is. Default false. */
  readonly isDry?: boolean;
}

/** The store of a destination; `mountFrom` are the repositories whose layers it may take without a byte sent: with them one token will do from the
 *  first request on.
 *  @throws {ToolError} DOCKER_UNREACHABLE */
export async function openDestination(
  destination: Destination,
  mountFrom: readonly ImageRef[],
  { registries, env, pid, isDry = false }: PlaceTools,
  ctx: Ctx,
): Promise<ImageStore> {
  switch (destination.kind) {
    case 'layout':
      return createLayoutStore({ folder: destination.folder, pid });
    case 'registry':
      return registries.store(destination.ref, { access: 'push', mountFrom });
    case 'daemon': {
      // Its client is loaded only here: it is as large as all else.
      const [{ connectDocker }, { createDaemonStore }] = await Promise.all([
        import('../../runtime/platform/docker/connect-docker.ts'),
        import('../image/daemon/daemon-store.ts'),
      ]);
      return createDaemonStore({ docker: await connectDocker(env, ctx), ref: destination.ref, isDry });
    }
  }
}

/** What is attached to the images of a destination, by the same connections and tokens; `null` for a daemon, which keeps no such things. */
export function openReferrers(
  destination: Destination,
  mountFrom: readonly ImageRef[],
  { registries, pid }: PlaceTools,
): Referrers | null {
  switch (destination.kind) {
    case 'layout':
      return createLayoutReferrers({ folder: destination.folder, pid });
    case 'registry':
      return registries.referrers(destination.ref, { access: 'push', mountFrom });
    case 'daemon':
      return null;
  }
}

/** A builder by its name, read from the mirror where there is one.
 *  @throws {ToolError} IMAGE_NAME_INVALID */
export function openBuilder(name: string, mirror: ImageRef | null, tools: PlaceTools): NamedBuilder {
  const place = imagePlace(name, tools);
  if (mirror === null || place.ref === null) return place;
  return { ...place, store: tools.registries.store(mirror), ref: mirror };
}

/** The repository of a builder by its name; none where it is in a folder, or not named.
 *  @throws {ToolError} IMAGE_NAME_INVALID */
export function repositoriesOf(names: readonly (string | undefined)[]): readonly ImageRef[] {
  const said = names.filter((name) => name !== undefined && name !== '' && parseLayoutRef(name) === undefined);
  return said.map((name) => parseImageRef(name ?? ''));
}

/** An image that is there by its name, as a destination, with what it is asked for by.
 *  @throws {ToolError} IMAGE_NAME_INVALID */
export function parsePlace(
  text: string,
  cwd: string,
): { readonly destination: Destination; readonly reference: string } {
  const layout = parseLayoutRef(text);
  if (layout !== undefined) {
    const tag = layout.tag ?? DEFAULT_TAG;
    return { destination: { kind: 'layout', folder: resolve(cwd, layout.folder), tags: [tag] }, reference: tag };
  }
  const ref = parseImageRef(text);
  const tag = ref.tag ?? (ref.digest === null ? DEFAULT_TAG : null);
  const reference = ref.digest ?? tag ?? DEFAULT_TAG;
  return { destination: { kind: 'registry', ref, tags: tag === null ? [] : [tag] }, reference };
}

const DEFAULT_TAG = 'latest';
