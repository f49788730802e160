import { mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { createDaemonStore } from '../../cli/image/daemon/daemon-store.ts';
import type { LayerEntry } from '../../cli/image/layer-source.ts';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { type PackedImage, packImage } from '../../cli/image/pack-image.ts';
import { readImage } from '../../cli/image/read-image.ts';
import { createRegistries } from '../../cli/image/registry/registries.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { ContainerImage } from '../../runtime/platform/docker/container-image.ts';
import { testCtx } from './ctx.ts';
import { debianBase } from './debian-base.ts';
import { fileEntry, layerSource } from './layer-sources.ts';
import { launchRequestFor } from './requests.ts';

const REF = { registry: 'localhost', repository: 'hibana-test' };

export interface StandIn {
  readonly tag: string;
  /** The application, in Python. */
  readonly app?: string;
  readonly descriptor?: Partial<LaunchRequest['app']>;
  /** What else is in it, or in place of what is. */
  readonly more?: readonly LayerEntry[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Loads an image that looks like an application's, with a Java that only speaks Spark's ports and statuses: whatever goes on around Spark can be tried
 *  with it in seconds. Gives its name. */
export async function loadStandIn(docker: Docker, standIn: StandIn): Promise<string> {
  const { entries, changes } = await contentOf(standIn);
  await loadImage(docker, standIn.tag, entries, changes);
  return `${REF.registry}/${REF.repository}:${standIn.tag}`;
}

/** Pushes such an image to a registry of this machine. Gives its name, by digest. */
export async function pushStandIn(registry: string, standIn: StandIn): Promise<string> {
  const { entries, changes } = await contentOf(standIn);
  await using registries = createRegistries({ env: {}, home: tmpdir(), insecure: [registry] });
  const repository = 'team/app';
  const store = registries.store({ registry, repository });
  const { descriptor } = await packOnDebian(entries, changes, { destination: store, tags: [standIn.tag] });
  return `${registry}/${repository}@${descriptor.digest}`;
}

async function contentOf({ app = '', descriptor = {}, more = [], env = {} }: StandIn) {
  const { app: usual } = launchRequestFor({ app: descriptor });
  const toolchain = {
    ...{ version: 1, spark: '4.2.1', classPath: '/opt/spark/jars/*', javaRelease: 21, javaHasVectorModule: false },
    ...{ python: '/usr/bin/python3', pythonMinor: '3.11' },
  };
  const java = await readFile(join(import.meta.dirname, 'stand-in-java.py'));
  const entries = [
    fileEntry('opt/java/bin/java', java, 0o755),
    fileEntry('opt/hibana/toolchain.json', JSON.stringify(toolchain)),
    fileEntry('opt/app-root/hibana.json', JSON.stringify(usual)),
    fileEntry('opt/app-root/src/app.py', app),
    fileEntry('hibana/launcher.mjs', 'throw new Error("the launcher of an application");'),
    await nodeEntry(),
    ...more,
  ];
  const labels = { 'dev.hibana.app': JSON.stringify(usual) };
  return { entries, changes: { env: { PATH: '/opt/node/bin:/usr/bin:/bin', ...env }, labels, user: '1001' } };
}

/** The Node that runs these tests. */
export async function nodeEntry(): Promise<LayerEntry> {
  const path = await realpath(process.execPath);
  const content = { kind: 'path', path } as const;
  const { size } = await stat(path);
  return { kind: 'file', path: Buffer.from('opt/node/bin/node'), mode: 0o755, uid: 0, gid: 0, size, content };
}

/** Loads an image of files on a small Debian. */
export async function loadImage(
  docker: Docker,
  tag: string,
  entries: readonly LayerEntry[],
  changes: Packing['changes'],
): Promise<void> {
  await packOnDebian(entries, changes, { destination: createDaemonStore({ docker, ref: REF }), tags: [tag] });
}

type Packing = Parameters<typeof packImage>[0];

async function packOnDebian(
  entries: readonly LayerEntry[],
  changes: Packing['changes'],
  to: Pick<Packing, 'destination' | 'tags'>,
): Promise<PackedImage> {
  const scratch = await mkdtemp(join(tmpdir(), 'hibana-stand-in-'));
  const store = createLayoutStore({ folder: await debianBase(), pid: process.pid });
  const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
  const image = await readImage({ store, reference: 'base', platform, name: 'base' }, testCtx());
  if (image === undefined) throw new Error('There is no base');
  const base = { kind: 'image', image, store, ref: null, name: 'base' } as const;
  try {
    return await packImage({ base, layers: [layerSource(entries)], changes, scratch, ...to }, testCtx());
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What is known of a stand-in without looking into it. */
export async function standInImage(docker: Docker, name: string): Promise<ContainerImage> {
  const { Id: id } = await docker.getImage(name).inspect();
  const { layout } = launchRequestFor({ layout: { javaHasVectorModule: false } });
  return { id, name, user: { uid: 1001, gid: 0 }, layout, spark: '4.2.1', python: '3.11' };
}
