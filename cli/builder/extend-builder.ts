import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { awakeTimeout } from '../../runtime/core/awake-timeout.ts';
import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { errorMessage, ToolError } from '../../runtime/core/errors.ts';
import { step } from '../../runtime/core/events.ts';
import { readBuilderFacts } from '../build/builder-labels.ts';
import { changedEntries } from '../build/s2i/changed-entries.ts';
import { containerFiles } from '../build/s2i/docker-container.ts';
import { machineVariables } from '../build/s2i/machine-variables.ts';
import { createDaemonStore } from '../image/daemon/daemon-store.ts';
import type { Platform } from '../image/descriptor.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { LayerEntry, LayerSource } from '../image/layer-source.ts';
import { packImage } from '../image/pack-image.ts';
import type { StoredImage } from '../image/read-image.ts';
import { readCertificates } from '../packages/certificates.ts';
import type { Environment } from '../packages/machine.ts';
import type { BuiltBuilder } from './build-builder.ts';
import { buildInDaemon, removeOwned } from './build-in-daemon.ts';
import { checkTags } from './check-tags.ts';
import { findPrevious } from './compose.ts';
import type { Extension } from './extensions.ts';
import { type ImagePlace, readBuilderImage } from './image-place.ts';

export interface ExtensionRequest {
  readonly what: Extension;
  /** The builder that is extended. */
  readonly base: ImagePlace;
  /** That of the daemon. */
  readonly platform: Platform;
  readonly destination: ImageStore;
  readonly tags: readonly string[];
  /** As in Docker: `bridge`, `none`, `host`. */
  readonly network: string;
  readonly timeoutMs: number;
  /** Authorities that the build shall trust. */
  readonly caFile: string | null;
  /** Says by which proxies the build reaches the network. */
  readonly env: Environment;
  /** For what the build makes; whoever made it deletes it. */
  readonly scratch: string;
  /** The folder of the package: has `dist`. */
  readonly root: string;
}

/** Builds the Dockerfile of an extension in a Docker daemon, and puts what its commands changed onto the builder as layers of ours: the image is the same
 *  wherever it goes, and says of itself what the builder does. The daemon keeps nothing of the build, whatever happens. Steps: `assemble`, `layers`, `push`.
 *  @throws {ToolError} BUILDER_NOT_FOUND, BUILDER_UNSUPPORTED, BUILDER_FAILED, BUILDER_TIMEOUT, and what the daemon and the stores throw */
export async function extendBuilder(request: ExtensionRequest, docker: Docker, ctx: Ctx): Promise<BuiltBuilder> {
  const { base, platform, destination, tags, scratch } = request;
  const image = await readBuilderImage(base, platform, ctx);
  checkBuilder(image, request);
  const layers = await step(ctx, 'assemble', async () => {
    const made = await withinTime(request.timeoutMs, ctx, (inner) => build(request, image, docker, inner));
    return { result: made, detail: request.what.name };
  });
  const { store, ref, publicName: name } = base;
  const previous = await findPrevious({ store: destination, lookAt: tags, tags }, platform, ctx);
  const pack = { base: { kind: 'image', image, store, ref, name }, layers, previous, changes: {} } as const;
  const packed = await packImage({ ...pack, destination, tags, scratch }, ctx);
  return {
    digest: packed.descriptor.digest,
    changed: packed.tagsWritten.length > 0,
    images: [{ ...packed, platform, addedBytes: null }],
  };
}

function checkBuilder({ config }: StoredImage, { what, base, tags }: ExtensionRequest): void {
  const { builder, python } = readBuilderFacts(config.config?.Labels ?? {}, base.name);
  if (builder === what.builder) {
    checkTags(tags, python);
    return;
  }
  throw new ToolError(
    'BUILDER_MISMATCH',
    `Cannot build ${what.name} on "${base.name}": it is a builder for ${builder}`,
    {
      hint: `Name a builder for ${what.builder} with --base`,
    },
  );
}

async function withinTime<T>(ms: number, ctx: Ctx, work: (inner: Ctx) => Promise<T>): Promise<T> {
  using deadline = awakeTimeout(ms);
  try {
    return await work(withSignal(ctx, AbortSignal.any([ctx.signal, deadline.signal])));
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    throw new ToolError('BUILDER_TIMEOUT', `The build in the Docker daemon did not end within ${ms / 1_000} s`, {
      cause: error,
    });
  }
}

/** Of all that the daemon makes of a build; whoever cleans up finds by them what a killed program left. */
const LABELS = { role: 'hibana.dev/role', run: 'hibana.dev/run' } as const;
const RUN_BYTES = 6;

async function build(
  request: ExtensionRequest,
  image: StoredImage,
  docker: Docker,
  ctx: Ctx,
): Promise<readonly LayerSource[]> {
  const { what, root, caFile, network, env, scratch } = request;
  const run = randomBytes(RUN_BYTES).toString('hex');
  const owner = `${LABELS.run}=${run}`;
  const dockerfile = await readFile(join(root, 'dist', 'image', what.builder, 'Dockerfile'));
  try {
    const name = await load(request, image, run, docker, ctx);
    const authorities = caFile === null ? {} : { CA_FILE: AUTHORITIES };
    const args = { ...machineVariables(env, null), ...authorities, BUILDER: name };
    ctx.emit({ type: 'step-progress', step: 'assemble', doing: 'builds the Dockerfile in the Docker daemon' });
    const commands = await buildInDaemon({ docker, dockerfile, args, network, owner }, ctx);
    ctx.emit({ type: 'step-progress', step: 'assemble', doing: 'reads what it has changed' });
    const layers: LayerSource[] = [];
    for (const container of commands) {
      const wanted = { except: [], scratch: await mkdtemp(join(scratch, 'extension-')) };
      layers.push(layerOf(await changedEntries(containerFiles(container, name), wanted, ctx), what));
    }
    return layers;
  } finally {
    await cleanUp(docker, owner, ctx);
  }
}

/** What is left does not make a good build a bad one. */
async function cleanUp(docker: Docker, owner: string, ctx: Ctx): Promise<void> {
  try {
    await removeOwned(docker, owner);
  } catch (error) {
    const message = `The Docker daemon still has something of the build: ${errorMessage(error)}`;
    const hint = `Remove containers and images that have the label ${owner}`;
    ctx.emit({ type: 'notice', level: 'warning', message, hint });
  }
}

/** Where the build finds authorities: in no layer of the result. */
const AUTHORITIES = '/run/hibana/authorities.pem';
const REPOSITORY = { registry: 'localhost', repository: 'hibana-extension' };

/** Brings the builder to the daemon as an image of this build alone: what is made of it inherits its label. Gives its name. */
async function load(
  { base, caFile, scratch }: ExtensionRequest,
  image: StoredImage,
  run: string,
  docker: Docker,
  ctx: Ctx,
): Promise<string> {
  ctx.emit({ type: 'step-progress', step: 'assemble', doing: 'brings the builder to the Docker daemon' });
  const { store, ref, publicName } = base;
  const pack = {
    base: { kind: 'image', image, store, ref, name: publicName },
    layers: caFile === null ? [] : [await authoritiesLayer(caFile)],
    changes: { labels: { [LABELS.role]: 'build', [LABELS.run]: run } },
    destination: createDaemonStore({ docker, ref: REPOSITORY }),
    ...{ tags: [run], scratch },
  } as const;
  // Its steps are not those of the build.
  await packImage(pack, { ...ctx, emit: () => {} });
  return `${REPOSITORY.registry}/${REPOSITORY.repository}:${run}`;
}

async function authoritiesLayer(caFile: string): Promise<LayerSource> {
  const certificates = await readCertificates({ caFile, authorityFiles: [] });
  const bytes = Buffer.from(`${certificates.join('\n')}\n`);
  const path = Buffer.from(AUTHORITIES.slice(1));
  const file = { path, mode: 0o644, uid: 0, gid: 0, size: bytes.length, content: { kind: 'bytes', bytes } } as const;
  return {
    ...{ kind: 'extension', key: null, createdBy: 'hibana: authorities of a build', parents: {} },
    async *entries() {
      yield { kind: 'file', ...file };
    },
  };
}

function layerOf(all: readonly LayerEntry[], { name }: Extension): LayerSource {
  return {
    ...{ kind: 'extension', key: null, createdBy: `hibana: ${name}`, parents: {} },
    async *entries() {
      yield* all;
    },
  };
}
