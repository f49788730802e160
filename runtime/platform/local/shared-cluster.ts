import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '../../core/app.ts';
import type { Cluster, ClusterSpec } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { parseLayout } from '../../core/launch-env.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import {
  type ClusterDescription,
  type ClusterFolder,
  clusterFolder,
  makeClusterFolder,
  memberFiles,
  readDescription,
  removeClusterFolder,
  type SharedDescription,
  writeDescription,
  writeMemberFiles,
} from './cluster-folder.ts';
import { endProcesses } from './end-processes.ts';
import { daemonProperties, type MemberContext } from './member-command.ts';
import { readProcessRecords } from './process-record.ts';
import { findProcess, isRunning, type ProcessEntry, RUN_VARIABLE } from './process-table.ts';
import { scaleWorkers } from './shared-workers.ts';
import { startMaster } from './start-master.ts';

export interface SharedDeps {
  readonly stateFolder: string;
  /** What every member gets: PATH, HOME. */
  readonly env: Readonly<Record<string, string>>;
  /** For the master to answer, and then for the workers to register. */
  readonly deadlineMs: number;
}

/** What a new one is made of, beside its spec. */
export interface SharedMaterial {
  readonly layout: Layout;
  readonly spark: string;
  /** The version of its Python, for its label. */
  readonly python: string | null;
  /** Of this process, which is the one to complete it. */
  readonly pid: number;
  /** For its processes, which deleteHalfMade then knows whatever becomes of the folder. Default a new one. */
  readonly marker?: string;
}

/** A shared cluster that is there, as its folder tells it. */
export interface SharedCluster {
  readonly name: string;
  readonly folder: ClusterFolder;
  readonly description: ClusterDescription;
  readonly shared: SharedDescription;
}

const SECRET_BYTES = 32;
const MARKER_BYTES = 8;

/** Makes a cluster that outlives this process, and resolves when all its workers have registered. Until then it is half-made: should this
 *  process be killed, `prune` deletes it. Nobody guards it after that.
 *  @throws {ToolError} CLUSTER_EXISTS, CLUSTER_FAILED, CLUSTER_TIMEOUT; what was made so far is the caller's to delete */
export async function createShared(
  spec: ClusterSpec,
  material: SharedMaterial,
  deps: SharedDeps,
  ctx: Ctx,
): Promise<Cluster> {
  const { name } = spec;
  const folder = clusterFolder(deps.stateFolder, name);
  if (!(await makeClusterFolder(folder))) {
    throw new ToolError('CLUSTER_EXISTS', `Cannot create the cluster "${name}": there is one of this name`);
  }
  const description = await describe(spec, material, ctx);
  await writeDescription(folder, description);
  await writeFile(folder.secret, randomBytes(SECRET_BYTES).toString('hex'), { mode: 0o600 });
  await writeMemberFiles(folder, sharedProperties(spec.conf, folder));
  const made = await runMembers({ name, folder, description, shared: description.shared }, spec.workers, deps, ctx);
  await writeDescription(folder, { ...made.description, shared: { ...made.shared, complete: true } });
  return clusterOf(made, await readFile(folder.secret, 'utf8'));
}

/** Starts what the cluster lacks (its master on the same ports) and starts or stops workers until `workers` have registered.
 *  @throws {ToolError} CLUSTER_FAILED, CLUSTER_TIMEOUT, PORT_IN_USE */
export async function scaleShared(cluster: SharedCluster, workers: number, deps: SharedDeps, ctx: Ctx): Promise<void> {
  const description = { ...cluster.description, workers };
  await writeDescription(cluster.folder, description);
  await runMembers({ ...cluster, description }, workers, deps, ctx);
}

/** Ends its processes and deletes its folder; idempotent. Gives what is left, in words. */
export async function deleteShared({ folder, shared }: SharedCluster): Promise<readonly string[]> {
  const records = await readProcessRecords(join(folder.root, LeaseFile.processes));
  const alive = await endProcesses(shared.marker, records);
  await removeClusterFolder(folder);
  return inWords(alive);
}

/** No other cluster, of whatever state folder, has the same. */
export function newMarker(name: string): string {
  return `${name}@${randomBytes(MARKER_BYTES).toString('hex')}`;
}

/** Ends and deletes what was made of a cluster under this marker, also where its folder is gone or somebody else's by now; idempotent.
 *  Gives what is left, in words. */
export async function deleteHalfMade(stateFolder: string, name: string, marker: string): Promise<readonly string[]> {
  const found = await findShared(stateFolder, name);
  if (found?.shared.marker === marker) return deleteShared(found);
  return inWords(await endProcesses(marker, []));
}

function inWords(alive: readonly ProcessEntry[]): readonly string[] {
  return alive.map(({ pid }) => `process ${pid}: kill -9 ${pid}`);
}

/** `undefined` when there is none of this name, or it is the own cluster of a run. */
export async function findShared(stateFolder: string, name: string): Promise<SharedCluster | undefined> {
  const folder = clusterFolder(stateFolder, name);
  const description = await readDescription(folder);
  if (description?.shared === undefined) return undefined;
  return { name, folder, description, shared: description.shared };
}

/** What a run has to know to use it; `undefined` while its master has never answered. */
export async function attachShared(shared: SharedCluster): Promise<Cluster | undefined> {
  const secret = await readFile(shared.folder.secret, 'utf8').catch(() => undefined);
  if (secret === undefined || shared.description.master === null || !shared.shared.complete) return undefined;
  return clusterOf(shared, secret);
}

function clusterOf({ name, description, shared }: SharedCluster, secret: string): Cluster {
  return { name, master: description.master ?? '', webUi: description.webUi, secret, spark: shared.spark };
}

async function describe(
  spec: ClusterSpec,
  { layout, spark, python, pid, marker = newMarker(spec.name) }: SharedMaterial,
  ctx: Ctx,
): Promise<ClusterDescription & { readonly shared: SharedDescription }> {
  const startTicks = (await findProcess(pid))?.startTicks ?? 0;
  return {
    version: 1,
    name: spec.name,
    run: null,
    ownerDirectory: null,
    master: null,
    webUi: null,
    workers: spec.workers,
    createdAt: new Date(ctx.now()).toISOString(),
    shared: {
      marker,
      creator: { pid, startTicks },
      complete: false,
      spark,
      java: layout.javaRelease,
      python,
      worker: spec.worker,
      conf: { ...spec.conf },
      ports: null,
      layout,
    },
  };
}

/** A master that is started again takes up the applications and workers of the one before; what applications leave behind is deleted
 *  by the workers, which live for long. */
function sharedProperties(conf: ClusterSpec['conf'], folder: ClusterFolder): Readonly<Record<string, string>> {
  return daemonProperties({
    'spark.deploy.recoveryMode': 'FILESYSTEM',
    'spark.deploy.recoveryDirectory': join(folder.root, 'recovery'),
    'spark.worker.cleanup.enabled': 'true',
    ...conf,
  });
}

async function runMembers(
  cluster: SharedCluster,
  workers: number,
  deps: SharedDeps,
  ctx: Ctx,
): Promise<SharedCluster & { readonly description: ClusterDescription }> {
  const context = await memberContext(cluster, deps);
  await mkdir(join(cluster.folder.root, LeaseFile.logs), { recursive: true, mode: 0o700 });
  const running = (await isMasterRunning(cluster)) ? cluster : await runMaster(cluster, context, deps, ctx);
  await scaleWorkers({ cluster: running, context, workers, deadlineMs: deps.deadlineMs }, ctx);
  return running;
}

async function runMaster(
  cluster: SharedCluster,
  context: MemberContext,
  deps: SharedDeps,
  ctx: Ctx,
): Promise<SharedCluster> {
  const { ports } = cluster.shared;
  const files = memberFiles(cluster.folder, 'master');
  const master = await startMaster({ context, files, deadlineMs: deps.deadlineMs, ports }, ctx);
  master.process.release();
  const shared = { ...cluster.shared, ports: master.ports };
  const description = { ...cluster.description, master: master.url, webUi: master.webUi, shared };
  await writeDescription(cluster.folder, description);
  return { ...cluster, description, shared };
}

export async function isMasterRunning({ folder }: SharedCluster): Promise<boolean> {
  const records = await readProcessRecords(join(folder.root, LeaseFile.processes));
  const running = await Promise.all(records.filter(({ role }) => role === 'master').map(isRunning));
  return running.includes(true);
}

async function memberContext({ name, folder, shared }: SharedCluster, { env }: SharedDeps): Promise<MemberContext> {
  const layout = parseLayout(shared.layout);
  if (layout === undefined) {
    throw new ToolError('CLUSTER_FAILED', `Cannot start members of "${name}": another version of hibana made it`, {
      hint: 'Delete it and create it again',
    });
  }
  const secret = await readFile(folder.secret, 'utf8');
  return { layout, spark: shared.spark, folder, env: { ...env, [RUN_VARIABLE]: shared.marker }, secret };
}
