import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutReferrers } from '../../cli/image/layout/layout-referrers.ts';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { imageStoreContract } from './image-store.ts';
import { referrersContract } from './referrers.ts';

imageStoreContract('OCI layout', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-layout-'));
  return {
    store: createLayoutStore({ folder: join(folder, 'out'), pid: process.pid }),
    left: async () =>
      (await readdir(join(folder, 'out'), { recursive: true }).catch((): string[] => [])).filter((name) =>
        /(^|\/)\./.test(name),
      ),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});

referrersContract('OCI layout', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-layout-'));
  const place = { folder: join(folder, 'out'), pid: process.pid };
  return {
    store: createLayoutStore(place),
    referrers: createLayoutReferrers(place),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});
