import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageStore } from '../../cli/image/image-store.ts';
import type { LayerEntry } from '../../cli/image/layer-source.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import { BUILDER_PROGRAMS, busyboxRoot } from './busybox-root.ts';
import { testCtx } from './ctx.ts';
import { directoryEntry, fileEntry, layerSource } from './layer-sources.ts';

export interface S2iBuilder {
  readonly tag: string;
  /** The name of each script with what it does after `set -eu`. */
  readonly scripts?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly programs?: readonly string[];
}

/** The folder of a builder's scripts. */
export const SCRIPTS = '/usr/libexec/s2i';
/** The label that says so. */
export const IN_IMAGE = { 'io.openshift.s2i.scripts-url': `image://${SCRIPTS}` };

/** Puts a builder for source-to-image into a store: busybox, scripts, a user 1001 with a folder of its own, /opt/app-root/src, where its processes
 *  begin. Gives its digest. */
export async function addS2iBuilder(store: ImageStore, wanted: S2iBuilder): Promise<string> {
  const { scripts = {}, labels = IN_IMAGE, env = {}, user = '1001', tag, programs = BUILDER_PROGRAMS } = wanted;
  const scratch = await mkdtemp(join(tmpdir(), 'hibana-s2i-'));
  const files: readonly LayerEntry[] = [
    ...(await busyboxRoot(programs)),
    fileEntry('etc/passwd', 'root:x:0:0::/:/bin/sh\nfakeuser:x:1001:0::/opt/app-root/src:/bin/sh\n', 0o644),
    directoryEntry('opt/app-root'),
    directoryEntry('opt/app-root/src'),
    directoryEntry('secrets'),
    ...Object.entries(scripts).map(([name, text]) => fileEntry(`${SCRIPTS.slice(1)}/${name}`, scriptText(text), 0o755)),
  ];
  const layers = [layerSource(files, { kind: 'root', createdBy: 'builder of a test' })];
  try {
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const base = { kind: 'scratch', platform: { os: 'linux', architecture } } as const;
    const changes = {
      labels,
      env: { PATH: '/bin', ...env },
      user,
      workdir: '/opt/app-root/src',
      cmd: [`${SCRIPTS}/usage`],
    };
    const image = await packImage({ base, layers, changes, destination: store, tags: [tag], scratch }, testCtx());
    return image.descriptor.digest;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export function scriptText(text: string): string {
  return `#!/bin/sh\nset -eu\n${text}\n`;
}
