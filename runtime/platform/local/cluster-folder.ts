import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { systemCode } from '../../core/errors.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { memberLog4j } from '../../core/log4j.ts';
import { formatProperties, type Properties } from '../../core/properties.ts';
import { writeAtomically } from '../atomic-write.ts';
import { removeTree } from './remove-tree.ts';

/** What outlives whoever made the cluster: all that another process needs to find, scale and delete it. */
const SharedSchema = z.object({
  /** Its processes carry it in their environment; no other cluster, of whatever state folder, has the same. */
  marker: z.string(),
  /** While `complete` is false, the one who may still complete it. */
  creator: z.object({ pid: z.number(), startTicks: z.number() }),
  complete: z.boolean(),
  spark: z.string(),
  java: z.number(),
  /** The version of the Python it was made with; jobs of this machine bring their own. */
  python: z.nullable(z.string()),
  worker: z.object({ millicores: z.number(), memoryBytes: z.number() }),
  conf: z.record(z.string(), z.string()),
  ports: z.nullable(z.object({ rpc: z.number(), webUi: z.number() })),
  /** A Layout, as its own version wrote it. */
  layout: z.unknown(),
});

export type SharedDescription = Readonly<z.infer<typeof SharedSchema>>;

const DescriptionSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  run: z.nullable(z.string()),
  ownerDirectory: z.nullable(z.string()),
  master: z.nullable(z.string()),
  webUi: z.nullable(z.string()),
  workers: z.number(),
  createdAt: z.string(),
  shared: z.optional(SharedSchema),
});

/** What `cluster.json` says. Nothing in it is trusted that is not alive. */
export type ClusterDescription = Readonly<z.infer<typeof DescriptionSchema>>;

/** Every file of a cluster is under one folder, which only its user can read. */
export interface ClusterFolder {
  readonly root: string;
  readonly description: string;
  readonly properties: string;
  /** The secret of a shared cluster: 0600, in a folder of 0700. */
  readonly secret: string;
  readonly conf: string;
  /** How its members and their executors log. */
  readonly log4j: string;
  readonly local: string;
  readonly work: string;
  readonly temporary: string;
}

export function clusterFolder(stateFolder: string, name: string): ClusterFolder {
  const root = join(stateFolder, 'clusters', name);
  return {
    root,
    description: join(root, 'cluster.json'),
    properties: join(root, 'conf', 'hibana-daemons.conf'),
    secret: join(root, 'secret'),
    conf: join(root, 'conf'),
    log4j: join(root, 'conf', 'log4j2.properties'),
    local: join(root, 'local'),
    work: join(root, 'work'),
    temporary: join(root, 'tmp'),
  };
}

/** Makes the folder; `false` when there is one already. */
export async function makeClusterFolder(folder: ClusterFolder): Promise<boolean> {
  await mkdir(join(folder.root, '..'), { recursive: true, mode: 0o700 });
  try {
    await mkdir(folder.root, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if (!(await isForgotten(folder))) return false;
    await removeTree(folder.root);
    return makeClusterFolder(folder);
  }
  for (const path of [folder.conf, folder.local, folder.work, folder.temporary]) await mkdir(path, { mode: 0o700 });
  return true;
}

/** Whoever made it was killed before the first word was written, and nobody can name what is in it: there is nothing. */
async function isForgotten(folder: ClusterFolder): Promise<boolean> {
  const traces = await readTraces(folder);
  return traces !== undefined && !traces.isDescribed && !traces.isNew;
}

/** What the members read when they start. */
export async function writeMemberFiles({ properties, log4j }: ClusterFolder, conf: Properties): Promise<void> {
  await writeFile(properties, formatProperties(conf), { mode: 0o600 });
  await writeFile(log4j, memberLog4j(), { mode: 0o600 });
}

export interface FolderTraces {
  /** There is a description, whether we can read it or not. */
  readonly isDescribed: boolean;
  /** Somebody was in the middle of something a moment ago. */
  readonly isNew: boolean;
  readonly createdAt: Date;
}

/** What can be said of a cluster's folder without its description; `undefined` when there is no such folder. */
export async function readTraces({ root, description }: ClusterFolder): Promise<FolderTraces | undefined> {
  const made = await stat(root).catch(() => undefined);
  if (made?.isDirectory() !== true) return undefined;
  const isDescribed = await stat(description).then(
    () => true,
    () => false,
  );
  return { isDescribed, isNew: Date.now() - made.mtimeMs <= NEW_MS, createdAt: made.birthtime };
}

/** Between the folder and its description is a moment. */
const NEW_MS = 60_000;

export async function writeDescription(folder: ClusterFolder, description: ClusterDescription): Promise<void> {
  await writeAtomically(folder.description, JSON.stringify(description));
}

export async function readDescription(folder: ClusterFolder): Promise<ClusterDescription | undefined> {
  try {
    return DescriptionSchema.parse(JSON.parse(await readFile(folder.description, 'utf8')));
  } catch {
    // Not written yet, or by a version that we do not know: its folder is all we can say of it.
    return undefined;
  }
}

export async function listClusterNames(stateFolder: string): Promise<readonly string[]> {
  return (await readdir(join(stateFolder, 'clusters')).catch(() => [])).sort();
}

/** Moves what the executors wrote into `logs`, as `worker-1.app-…-0000.0.stderr`: an executor's log is a log. */
export async function keepExecutorLogs(folder: ClusterFolder, logs: string): Promise<void> {
  const files = await readdir(folder.work, { recursive: true }).catch(() => []);
  const wanted = files.filter((file) => /^worker-\d+\/app-[^/]+\/\d+\/(stdout|stderr)$/.test(file));
  await mkdir(logs, { recursive: true, mode: 0o700 });
  await Promise.all(
    wanted.map((file) => rename(join(folder.work, file), join(logs, file.replaceAll('/', '.'))).catch(() => {})),
  );
}

/** Where a member of a shared cluster writes and is on record. */
export function memberFiles(folder: ClusterFolder, member: string): { readonly log: string; readonly records: string } {
  return {
    log: join(folder.root, LeaseFile.logs, `${member}.log`),
    records: join(folder.root, LeaseFile.processes),
  };
}

export async function removeClusterFolder(folder: ClusterFolder): Promise<void> {
  await removeTree(folder.root);
}
