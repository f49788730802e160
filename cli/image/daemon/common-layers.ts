import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';

/** Of how many images a daemon is asked at most, and how many at once: it may have thousands. */
const MAXIMUM_IMAGES = 300;
const PARALLEL = 8;

/** How many of the layers, from the lowest on, a daemon has in this order: of any of its images, the newest first. */
export async function commonLayers(docker: Docker, diffIds: readonly string[], ctx: Ctx): Promise<number> {
  const images = await docker.listImages({ abortSignal: ctx.signal });
  const newest = images.toSorted((a, b) => b.Created - a.Created).slice(0, MAXIMUM_IMAGES);
  const queue = newest.values();
  let common = 0;
  const ask = async () => {
    for (const { Id } of queue) {
      ctx.signal.throwIfAborted();
      // It may be gone by now.
      const image = await docker
        .getImage(Id)
        .inspect()
        .catch(() => undefined);
      common = Math.max(common, commonLength(diffIds, image?.RootFS.Layers ?? []));
      if (common === diffIds.length) return;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, ask));
  return common;
}

function commonLength(wanted: readonly string[], there: readonly string[]): number {
  const differs = wanted.findIndex((diffId, at) => there[at] !== diffId);
  return differs < 0 ? wanted.length : differs;
}
