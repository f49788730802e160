import { join } from 'node:path';
import type { ClusterStatus } from '../../core/cluster.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import {
  type ClusterFolder,
  clusterFolder,
  type FolderTraces,
  listClusterNames,
  readDescription,
  readTraces,
} from './cluster-folder.ts';
import { readProcessRecords } from './process-record.ts';
import { isRunning, listProcesses, startedWith } from './process-table.ts';

/** A cluster's folder that does not say what it is of: whoever made it was stopped before the first word, or another version made it. */
export interface UnreadableCluster {
  readonly name: string;
  readonly folder: ClusterFolder;
  readonly traces: FolderTraces;
  /** Why it cannot be read, in words; `null` while it is being made. */
  readonly problem: string | null;
}

/** `undefined` when there is none of this name, or it can be read. */
export async function findUnreadable(stateFolder: string, name: string): Promise<UnreadableCluster | undefined> {
  // Only what lies there has a name: `..` is no cluster.
  if (!(await listClusterNames(stateFolder)).includes(name)) return undefined;
  const folder = clusterFolder(stateFolder, name);
  const traces = await readTraces(folder);
  if (traces === undefined || (await readDescription(folder)) !== undefined) return undefined;
  return { name, folder, traces, problem: describeProblem(traces) };
}

function describeProblem({ isDescribed, isNew }: FolderTraces): string | null {
  if (isDescribed) return 'its description is of another version of hibana, or damaged';
  return isNew ? null : 'whoever made it was stopped before describing it';
}

export function unreadableStatus({ name, traces, problem }: UnreadableCluster): ClusterStatus {
  return {
    ...{ name, platform: 'local', state: problem === null ? 'starting' : 'unreadable', problem },
    ...{ run: null, master: null, webUi: null, workers: null, shared: null, spark: null, python: null },
    createdAt: traces.createdAt.toISOString(),
  };
}

/** The processes that are still at work in the folder: on record there or in a run of this name, or started with it by whatever version. */
export async function processesIn(
  stateFolder: string,
  { name, folder }: UnreadableCluster,
): Promise<readonly number[]> {
  const files = [join(folder.root, LeaseFile.processes), join(stateFolder, 'runs', name, LeaseFile.keepers)];
  const records = (await Promise.all(files.map(readProcessRecords))).flat();
  const recorded = await keep(records, isRunning);
  // Master, workers and executors have it.
  const started = await keep(await listProcesses(), ({ pid }) => startedWith(pid, `SPARK_LOCAL_DIRS=${folder.local}`));
  return [...new Set([...recorded, ...started].map(({ pid }) => pid))].toSorted((a, b) => a - b);
}

async function keep<T>(values: readonly T[], test: (value: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept = await Promise.all(values.map(test));
  return values.filter((_, index) => kept[index] === true);
}

/** The one of this name when nothing of it is alive, and nobody was at work in it a moment ago. */
export async function findDeadUnreadable(stateFolder: string, name: string): Promise<UnreadableCluster | undefined> {
  const found = await findUnreadable(stateFolder, name);
  if (found === undefined || found.traces.isNew) return undefined;
  return (await processesIn(stateFolder, found)).length === 0 ? found : undefined;
}
