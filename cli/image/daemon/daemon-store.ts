import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { formatImageRef, type ImageRef } from '../../../runtime/core/image-ref.ts';
import { statusOf } from '../../../runtime/platform/docker/docker-errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { type ImageConfig, parseImageConfig } from '../image-config.ts';
import type { BlobSource, ImageStore, StoredManifest } from '../image-store.ts';
import { type ImageManifest, parseManifest } from '../manifest.ts';
import { commonLayers } from './common-layers.ts';
import { loadArchive } from './load-archive.ts';

export interface DaemonStoreOptions {
  readonly docker: Docker;
  /** What the image is called; its tags come with the manifest. */
  readonly ref: Pick<ImageRef, 'registry' | 'repository'>;
  /** The daemon is only asked, and what it would be sent is marked so. Default false. */
  readonly isDry?: boolean;
}

/** A Docker daemon as the place where an image goes: `putBlob` only remembers where a blob is, `putManifest` loads all of it, without the layers
 *  the daemon has. It gives nothing back: it keeps neither manifests nor compressed layers.
 *  `putManifest`: @throws {ToolError} IMAGE_LOAD_FAILED with what the daemon said; rejects with `signal.reason` on abort, and the daemon then keeps
 *  nothing of the image but layers that nobody names, which it removes by itself or with `docker image prune`. */
export function createDaemonStore(options: DaemonStoreOptions): ImageStore {
  const blobs = new Map<string, BlobSource>();
  return {
    manifest: async () => undefined,
    resolve: async () => undefined,
    blob: async ({ digest }) => {
      throw new Error(`A Docker daemon does not give back ${digest}`);
    },
    putBlob: async (blob, ctx) => {
      ctx.signal.throwIfAborted();
      blobs.set(blob.descriptor.digest, blob);
      return 'uploaded';
    },
    putManifest: (stored, tags, ctx) => putImage(stored, tags, { ...options, blobs }, ctx),
  };
}

interface Loading extends DaemonStoreOptions {
  readonly blobs: ReadonlyMap<string, BlobSource>;
}

async function putImage(
  stored: StoredManifest,
  tags: readonly string[],
  loading: Loading,
  ctx: Ctx,
): Promise<Descriptor> {
  const { docker, ref } = loading;
  const names = tags.map((tag) => formatImageRef({ ...ref, tag, digest: null }));
  const parsed = parseManifest(stored, names[0] ?? ref.repository);
  if (parsed.kind === 'index') {
    throw new ToolError('ARCHITECTURE_NOT_FOUND', 'Cannot load several architectures into a Docker daemon at once', {
      hint: 'Name one with --arch, or push the image to a registry',
    });
  }
  const { manifest } = parsed;
  const config = await readConfig(manifest, loading, ctx);
  if (loading.isDry === true) {
    await markMissing(manifest, config, loading, ctx);
    return stored.descriptor;
  }
  if (await tagExisting(manifest.config.digest, names, docker)) return stored.descriptor;
  const common = await commonLayers(docker, config.rootfs.diff_ids, ctx);
  const image: LoadedImage = { manifest, names, blobs: loading.blobs };
  const failure = common > 0 ? await load(docker, image, common, ctx) : undefined;
  // A daemon with containerd's store wants them all.
  if (common === 0 || failure !== undefined) {
    const error = await load(docker, image, 0, ctx);
    if (error !== undefined) throw loadFailed(names[0] ?? manifest.config.digest, error);
  }
  return stored.descriptor;
}

async function readConfig({ config }: ImageManifest, { blobs }: Loading, ctx: Ctx): Promise<ImageConfig> {
  const chunks: Buffer[] = [];
  for await (const chunk of await find(config, blobs).open(ctx)) chunks.push(chunk);
  return parseImageConfig(Buffer.concat(chunks), config.digest);
}

/** The configuration is read, and so counted, in any case. */
async function markMissing(manifest: ImageManifest, config: ImageConfig, loading: Loading, ctx: Ctx): Promise<void> {
  const common = await commonLayers(loading.docker, config.rootfs.diff_ids, ctx);
  for (const { digest } of manifest.layers.slice(common)) loading.blobs.get(digest)?.markSent?.();
}

/** An image that is there needs its names only. */
async function tagExisting(id: string, names: readonly string[], docker: Docker): Promise<boolean> {
  const image = docker.getImage(id);
  try {
    if ((await image.inspect()).Id !== id) return false;
    for (const name of names) {
      const colon = name.lastIndexOf(':');
      await image.tag({ repo: name.slice(0, colon), tag: name.slice(colon + 1) });
    }
    return true;
  } catch (error) {
    if (statusOf(error) === NOT_FOUND) return false;
    throw loadFailed(names[0] ?? id, error instanceof Error ? error.message : String(error), error);
  }
}

interface LoadedImage {
  readonly manifest: ImageManifest;
  readonly names: readonly string[];
  readonly blobs: ReadonlyMap<string, BlobSource>;
}

const NOT_FOUND = 404;

/** For a daemon that has been sent all of an image. */
const FINISH_WITHIN_MS = 30_000;

/** What the daemon says went wrong; `undefined` when nothing did. */
async function load(
  docker: Docker,
  { manifest, names, blobs }: LoadedImage,
  missing: number,
  ctx: Ctx,
): Promise<string | undefined> {
  ctx.signal.throwIfAborted();
  const layers = manifest.layers.map((layer, at) => ({ ...find(layer, blobs), isMissing: at < missing }));
  const archive = loadArchive({ config: find(manifest.config, blobs), layers, names }, ctx);
  using stop = stopFor(archive, ctx);
  try {
    const reply = await docker.loadImage(archive, { quiet: true, abortSignal: stop.signal });
    const said = errorIn(await text(reply as Readable));
    ctx.signal.throwIfAborted();
    return said;
  } catch (error) {
    ctx.signal.throwIfAborted();
    stop.signal.throwIfAborted();
    if (statusOf(error) === undefined) throw loadFailed(names[0] ?? manifest.config.digest, String(error), error);
    return error instanceof Error ? error.message : String(error);
  } finally {
    archive.destroy();
  }
}

/** Ends what is sent when it fails, as the client does not notice, or nobody wants it any more. A daemon that has all of it makes the image all the same: it is
 *  waited for then, so that whoever does not want it finds it, and can remove it. */
function stopFor(archive: Readable, { signal }: Ctx): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  let isSent = false;
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    if (isSent) timer = setTimeout(() => stop.abort(signal.reason), FINISH_WITHIN_MS);
    else stop.abort(signal.reason);
  };
  archive.once('error', (error) => stop.abort(error));
  archive.once('end', () => {
    isSent = true;
  });
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
  };
}

function find(descriptor: Descriptor, blobs: ReadonlyMap<string, BlobSource>): BlobSource {
  const blob = blobs.get(descriptor.digest);
  if (blob) return blob;
  throw new ToolError('MANIFEST_INVALID', `Cannot load the image: nobody has its blob ${descriptor.digest}`, {
    hint: 'Use a base without layers that registries may not keep',
  });
}

/** The last line that says so, of a reply of JSON lines. */
function errorIn(reply: string): string | undefined {
  for (const line of reply.split('\n').toReversed()) {
    const match = /"error"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(line);
    if (match?.[1] !== undefined) return JSON.parse(match[1]);
  }
  return undefined;
}

function loadFailed(name: string, why: string, cause?: unknown): ToolError {
  return new ToolError('IMAGE_LOAD_FAILED', `Cannot load "${name}" into the Docker daemon: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
  });
}
