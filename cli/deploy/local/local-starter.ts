import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Starter } from '../deployer.ts';
import { type DetachedPlace, startDetached } from '../detached-run.ts';
import type { Revision } from '../records.ts';
import { treeFolder } from './keep-tree.ts';
import { requestRun } from './run-request.ts';

export interface LocalPlace extends DetachedPlace {
  readonly cache: string;
  readonly pid: number;
}

/** Starts runs on this machine, as launchers that nobody waits for. */
export function createLocalStarter(place: LocalPlace): Starter {
  return {
    missing: (revision) => missingFiles(revision, place.stateFolder),
    start: async (revision, run, ctx) => {
      const { artifact } = revision;
      if (artifact.kind !== 'tree') throw new Error(`a revision that runs from an ${artifact.kind}`);
      await startDetached(
        run.run,
        place,
        (leaseDirectory) => requestRun(revision, artifact, run, { ...place, leaseDirectory }, ctx),
        ctx,
      );
    },
  };
}

async function missingFiles({ application, artifact }: Revision, stateFolder: string): Promise<readonly string[]> {
  if (artifact.kind !== 'tree') return [`nothing of "${artifact.image}" is on this machine`];
  const { layout } = artifact;
  const kept = treeFolder(stateFolder, application, artifact.key);
  const own = (path: string): boolean => path === kept || path.startsWith(`${kept}/`);
  const wanted = [
    kept,
    layout.spark,
    join(layout.java, 'bin', 'java'),
    ...(layout.python === null ? [] : [layout.python]),
    // A folder of the source that a plan names need not be there.
    ...layout.pythonPath.filter((path) => !own(path)),
    ...layout.jars,
    ...(layout.trustStore === null ? [] : [layout.trustStore]),
  ];
  const found = await Promise.all(wanted.map((path) => stat(path).catch(() => undefined)));
  return wanted.filter((_, index) => found[index] === undefined).map((path) => `"${path}" is gone`);
}
