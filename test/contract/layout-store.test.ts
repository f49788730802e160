import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { imageStoreContract } from './image-store.ts';

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
