import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../../runtime/platform/local/remove-tree.ts';
import type { Artifacts } from '../artifacts.ts';
import { deploymentFolder } from '../file-store.ts';

/** The copies of files that revisions on this machine run from. */
export function keptTrees(stateFolder: string): Artifacts {
  return {
    keepOnly: async ({ name, wanted }) => {
      const keys = new Set(wanted.flatMap(({ artifact }) => (artifact.kind === 'tree' ? [artifact.key] : [])));
      const trees = join(deploymentFolder(stateFolder, name), 'trees');
      const kept = await readdir(trees).catch(() => []);
      await Promise.all(kept.filter((key) => !keys.has(key)).map((key) => removeTree(join(trees, key))));
    },
  };
}
