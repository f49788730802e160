import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import { readImage } from '../../cli/image/read-image.ts';
import { testCtx } from './ctx.ts';
import { debianBase } from './debian-base.ts';
import { fileEntry, layerSource } from './layer-sources.ts';

/** A small Debian in which there seems to be git, in an OCI layout at `folder` under the tag `git`: a base for hibana's own image. */
export async function gitBase(folder: string): Promise<void> {
  const from = createLayoutStore({ folder: await debianBase(), pid: process.pid });
  const platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };
  const image = await readImage({ store: from, reference: 'base', platform, name: 'base' }, testCtx());
  if (image === undefined) throw new Error('There is no base');
  const git = layerSource([fileEntry('usr/bin/git', '#!/bin/sh\necho git version 2.39.5\n', 0o755)]);
  const scratch = await mkdtemp(join(tmpdir(), 'hibana-git-base-'));
  try {
    const base = { kind: 'image', image, store: from, ref: null, name: 'base' } as const;
    const destination = createLayoutStore({ folder, pid: process.pid });
    await packImage({ base, layers: [git], changes: {}, destination, tags: ['git'], scratch }, testCtx());
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
