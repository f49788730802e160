import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePlatform } from '../../cli/image/choose-platform.ts';
import type { LayerEntry } from '../../cli/image/layer-source.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import { createRegistries } from '../../cli/image/registry/registries.ts';
import { testCtx } from '../helpers/ctx.ts';
import { layerSource, owner } from '../helpers/layer-sources.ts';

export const PAUSE_REPOSITORY = 'kubernetes/pause';
const NOBODY = '65535:65535';

/** Puts the image of every pod's first container into the registry. */
export async function pushPauseImage(registry: string, pause: string, scratch: string): Promise<void> {
  const { size } = await stat(pause);
  const content = { kind: 'path', path: pause } as const;
  const file: LayerEntry = { kind: 'file', path: Buffer.from('pause'), mode: 0o755, ...owner, size, content };
  await using registries = createRegistries({ env: {}, home: scratch, insecure: [registry] });
  await packImage(
    {
      base: { kind: 'scratch', platform: parsePlatform(process.arch === 'x64' ? 'amd64' : process.arch) },
      ...{ layers: [layerSource([file])], changes: { entrypoint: ['/pause'], user: NOBODY }, tags: ['1'] },
      destination: registries.store({ registry, repository: PAUSE_REPOSITORY }),
      scratch: join(scratch),
    },
    testCtx(),
  );
}
