import { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { BlobSource } from '../image-store.ts';
import { BLOCK_BYTES } from '../layer/block-filler.ts';
import { paddingOf, renderTarHeader, TAR_BLOCK_BYTES } from '../layer/tar-header.ts';

/** What `docker load` reads. */
export interface LoadArchive {
  readonly config: BlobSource;
  /** All layers of the image, the lowest first; those that are `missing` from the archive the daemon must have, in that place. */
  readonly layers: readonly (BlobSource & { readonly isMissing: boolean })[];
  /** `registry.example/team/app:v1` */
  readonly names: readonly string[];
}

/** An archive in the form of `docker save`, as a stream: blobs are opened when it is their turn.
 *  Source: moby, image/tarexport/load.go: a layer file is opened only if no layer of its chain is there. */
export function loadArchive({ config, layers, names }: LoadArchive, ctx: Ctx): Readable {
  const manifest = [
    {
      Config: fileOf(config),
      RepoTags: names,
      Layers: layers.map(fileOf),
    },
  ];
  const text = Buffer.from(JSON.stringify(manifest));
  const sent = new Map(layers.filter(({ isMissing }) => !isMissing).map((layer) => [layer.descriptor.digest, layer]));
  return Readable.from(archiveBytes(text, [config, ...sent.values()], ctx), {
    objectMode: false,
    highWaterMark: BLOCK_BYTES,
  });
}

function fileOf({ descriptor }: BlobSource): string {
  return descriptor.digest.slice('sha256:'.length);
}

async function* archiveBytes(manifest: Buffer, blobs: readonly BlobSource[], ctx: Ctx): AsyncGenerator<Buffer> {
  for (const blob of blobs) {
    const { size } = blob.descriptor;
    yield headerOf(fileOf(blob), size);
    yield* await blob.open(ctx);
    yield Buffer.alloc(paddingOf(size));
  }
  yield headerOf('manifest.json', manifest.length);
  yield manifest;
  yield Buffer.alloc(paddingOf(manifest.length) + 2 * TAR_BLOCK_BYTES);
}

function headerOf(path: string, size: number): Buffer {
  const content = { kind: 'bytes', bytes: Buffer.alloc(0) } as const;
  return renderTarHeader({ kind: 'file', path: Buffer.from(path), mode: 0o644, uid: 0, gid: 0, size, content });
}
