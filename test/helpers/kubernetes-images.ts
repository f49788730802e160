import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePlatform } from '../../cli/image/choose-platform.ts';
import type { ImageStore, StoredManifest } from '../../cli/image/image-store.ts';
import { parseManifest } from '../../cli/image/manifest.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import { createRegistries } from '../../cli/image/registry/registries.ts';
import { BUILDER_PROGRAMS, busyboxRoot } from './busybox-root.ts';
import { testCtx } from './ctx.ts';
import { layerSource } from './layer-sources.ts';

/** Copies an image, or an index with all of its images, from any store (an OCI layout) into the registry of a cluster: the name by which it runs there. */
export async function pushImage(registry: string, from: ImageStore, tag: string, repository: string): Promise<string> {
  return pushTo(registry, repository, async (to) => {
    const stored = await from.manifest(tag, testCtx());
    if (stored === undefined) throw new Error(`There is no "${tag}"`);
    return copy(stored, from, to, [tag]);
  });
}

async function copy(
  stored: StoredManifest,
  from: ImageStore,
  to: ImageStore,
  tags: readonly string[],
): Promise<string> {
  const ctx = testCtx();
  const parsed = parseManifest(stored, 'the image');
  if (parsed.kind === 'index') {
    for (const { digest } of parsed.index.manifests) {
      const image = await from.manifest(digest, ctx);
      if (image !== undefined) await copy(image, from, to, []);
    }
  } else {
    for (const descriptor of [parsed.manifest.config, ...parsed.manifest.layers]) {
      await to.putBlob({ descriptor, open: (inner) => from.blob(descriptor, inner) }, ctx);
    }
  }
  return (await to.putManifest(stored, tags, ctx)).digest;
}

const SERVERS = ['httpd', 'nslookup', 'wget', 'tail', 'nc'];

/** Puts an image with a shell and the usual programs into the registry of a cluster, of 2 MB: the name by which it runs there. */
export async function pushBusybox(registry: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'hibana-busybox-'));
  const root = layerSource(await busyboxRoot([...BUILDER_PROGRAMS, ...SERVERS]));
  const base = { kind: 'scratch', platform: parsePlatform(process.arch === 'x64' ? 'amd64' : process.arch) } as const;
  const changes = { env: { PATH: '/bin' }, user: '1001' };
  try {
    return await pushTo(registry, 'busybox', async (destination) => {
      const request = { base, layers: [root], changes, destination, tags: ['latest'], scratch };
      return (await packImage(request, testCtx())).descriptor.digest;
    });
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function pushTo(
  registry: string,
  repository: string,
  push: (store: ImageStore) => Promise<string>,
): Promise<string> {
  await using registries = createRegistries({ env: {}, home: tmpdir(), insecure: [registry] });
  return `${registry}/${repository}@${await push(registries.store({ registry, repository }))}`;
}
