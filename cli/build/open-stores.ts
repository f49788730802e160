import { join, resolve } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { formatImageRef, parseImageRef, referenceOf } from '../../runtime/core/image-ref.ts';
import type { AppContext } from '../commands/command.ts';
import type { ImageStore } from '../image/image-store.ts';
import { parseLayoutRef } from '../image/layout/layout-ref.ts';
import { createLayoutStore } from '../image/layout/layout-store.ts';
import { createRegistries, type Registries } from '../image/registry/registries.ts';
import type { BuildDeps } from './build-deps.ts';
import type { BuildRequest } from './build-request.ts';
import { dryStore } from './dry-store.ts';
import type { NamedBuilder } from './find-builder.ts';
import { createHostExecutor } from './host/host-executor.ts';
import { readLauncher } from './host/launcher-layer.ts';

export interface StoresInput {
  readonly request: BuildRequest;
  readonly options: {
    readonly 'registry-auth-file'?: string | undefined;
    readonly 'insecure-registry': readonly string[];
  };
  readonly cache: string;
  readonly scope: {
    readonly marker: Readonly<Record<string, string>>;
    readonly guard: () => Promise<string>;
    readonly ctx: Ctx;
  };
}

/** Where images are read from and go to, and all else that a build takes from the outside. Disposing ends connections. */
export interface Stores extends AsyncDisposable {
  readonly destination: ImageStore;
  readonly deps: BuildDeps;
}

/** @throws {ToolError} FILE_UNREADABLE for `--ca-file` */
export async function openStores(input: StoresInput, app: AppContext): Promise<Stores> {
  const { request, options, cache, scope } = input;
  const { env, home, platform, arch, pid, version, root } = app;
  const authFile = options['registry-auth-file'];
  const registries = createRegistries({
    ...{ env, home, caFile: request.input.open.caFile, insecure: options['insecure-registry'] },
    authFile: authFile === undefined ? null : resolve(app.cwd, authFile),
  });
  const launcher = await readLauncher(join(root, 'dist', 'image', 'launcher.mjs'));
  const destination = openDestination(request, registries, app);
  return {
    destination: request.isDry ? dryStore(destination) : destination,
    deps: {
      toolchain: { cache, env, home, platform, arch, pid, extraEnv: scope.marker },
      tool: { version, launcher: launcher.digest },
      launcher,
      builder: (name, mirror) => openBuilder(name, mirror, registries, app),
      executor: createHostExecutor,
      scratch: scope.guard,
    },
    [Symbol.asyncDispose]: () => registries[Symbol.asyncDispose](),
  };
}

function openDestination(
  { destination, baseMirror, input }: BuildRequest,
  registries: Registries,
  { pid, env }: AppContext,
): ImageStore {
  switch (destination.kind) {
    case 'layout':
      return createLayoutStore({ folder: destination.folder, pid });
    case 'registry': {
      // One token for all from the first request on, also for taking the builder's layers from where they are.
      const named = input.flags.builder ?? env.HIBANA_BUILDER;
      const builder = named === undefined || named === '' || parseLayoutRef(named) ? null : parseImageRef(named);
      const from = baseMirror ?? builder;
      return registries.store(destination.ref, { access: 'push', ...(from && { mountFrom: [from] }) });
    }
    case 'daemon':
      throw new ToolError('USAGE', 'Cannot give images to the Docker daemon yet', {
        hint: 'Write it to a folder with --to oci:DIR, and copy it with skopeo',
      });
  }
}

function openBuilder(
  name: string,
  mirror: BuildRequest['baseMirror'],
  registries: Registries,
  { cwd, pid }: AppContext,
): NamedBuilder {
  const layout = parseLayoutRef(name);
  if (layout !== undefined) {
    const store = createLayoutStore({ folder: resolve(cwd, layout.folder), pid });
    return { name, reference: layout.tag ?? 'latest', store, ref: null, isPublic: false };
  }
  const ref = parseImageRef(name);
  const place = mirror ?? ref;
  return {
    name: formatImageRef(ref),
    reference: referenceOf(ref),
    store: registries.store(place),
    ref: place,
    isPublic: true,
  };
}
