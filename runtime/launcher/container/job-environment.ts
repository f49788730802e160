import { RUN_VARIABLE } from '../../platform/local/process-table.ts';
import type { ContainerFolders } from './container-folders.ts';
import type { Image } from './read-image.ts';
import type { Environment } from './told.ts';

/** What master, workers and driver get of a container's environment: all of it, since somebody gave it for them, but what is for us. */
export function jobEnvironment(
  env: Environment,
  { home }: Pick<ContainerFolders, 'home'>,
  { natives }: Pick<Image, 'natives'>,
  run: string,
): Readonly<Record<string, string>> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || name.startsWith(OURS) ? [] : [[name, value] as const],
  );
  const libraries = [env.LD_LIBRARY_PATH, natives].filter((path) => path != null && path !== '');
  return {
    // Nothing is written into the image; what is compiled there is read all the same.
    PYTHONDONTWRITEBYTECODE: '1',
    ...Object.fromEntries(kept),
    HOME: home,
    ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }),
    [RUN_VARIABLE]: run,
  };
}

const OURS = 'HIBANA_';
