import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeAtomically } from '../atomic-write.ts';
import { removeTree } from './remove-tree.ts';

const DescriptionSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  run: z.nullable(z.string()),
  ownerDirectory: z.nullable(z.string()),
  master: z.nullable(z.string()),
  webUi: z.nullable(z.string()),
  workers: z.number(),
  createdAt: z.string(),
});

/** What `cluster.json` says. Nothing in it is trusted that is not alive. */
export type ClusterDescription = Readonly<z.infer<typeof DescriptionSchema>>;

/** Every file of a cluster is under one folder, which only its user can read. */
export interface ClusterFolder {
  readonly root: string;
  readonly description: string;
  readonly properties: string;
  readonly conf: string;
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
    conf: join(root, 'conf'),
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
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  for (const path of [folder.conf, folder.local, folder.work, folder.temporary]) await mkdir(path, { mode: 0o700 });
  return true;
}

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

export async function removeClusterFolder(folder: ClusterFolder): Promise<void> {
  await removeTree(folder.root);
}
