import type Docker from 'dockerode';
import * as z from 'zod/mini';
import type { Cluster, ClusterSpec } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { LABELS } from '../../core/labels.ts';
import { parseLayout } from '../../core/launch-env.ts';
import { PORTS } from '../container/member-command.ts';
import type { ContainerImage } from './container-image.ts';
import { dockerError, NOT_FOUND, statusOf } from './docker-errors.ts';
import { addressIn } from './start-container.ts';

/** All that another process needs to find, scale and delete a cluster: a label of its master. There is no other record of it. */
const DescriptionSchema = z.object({
  version: z.literal(1),
  workers: z.number(),
  worker: z.object({ millicores: z.number(), memoryBytes: z.number() }),
  conf: z.record(z.string(), z.string()),
  isShared: z.boolean(),
  network: z.string(),
  memberVolume: z.nullable(z.string()),
  image: z.object({
    id: z.string(),
    name: z.string(),
    user: z.object({ uid: z.number(), gid: z.number() }),
    spark: z.string(),
    python: z.nullable(z.string()),
    layout: z.unknown(),
  }),
});

export interface ClusterDescription {
  readonly workers: number;
  readonly worker: ClusterSpec['worker'];
  readonly conf: ClusterSpec['conf'];
  readonly isShared: boolean;
  readonly network: string;
  readonly memberVolume: string | null;
  readonly image: ContainerImage;
}

export function formatDescription(description: ClusterDescription): string {
  return JSON.stringify({ version: 1, ...description });
}

/** `undefined` for one of another version of hibana. */
export function parseDescription(text: string | undefined): ClusterDescription | undefined {
  try {
    const { version: _one, image, ...rest } = DescriptionSchema.parse(JSON.parse(text ?? ''));
    const layout = parseLayout(image.layout);
    return layout && { ...rest, image: { ...image, layout } };
  } catch {
    return undefined;
  }
}

/** What there is of a cluster: every container of it, in whatever state. */
export interface ClusterRecord {
  readonly name: string;
  readonly run: string | null;
  readonly master: Docker.ContainerInfo | undefined;
  readonly workers: readonly Docker.ContainerInfo[];
  readonly description: ClusterDescription | undefined;
}

/** The containers with all these labels, `key` or `key=value` each, running or not.
 *  @throws {ToolError} DOCKER_UNREACHABLE, CONTAINER_FAILED */
export async function listContainers(
  docker: Docker,
  labels: readonly string[],
  { signal }: Ctx,
): Promise<readonly Docker.ContainerInfo[]> {
  try {
    return await docker.listContainers({ all: true, filters: { label: [...labels] }, abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    throw dockerError(error, 'list containers');
  }
}

/** `undefined` when nothing of this name is there. */
export async function findRecord(docker: Docker, name: string, ctx: Ctx): Promise<ClusterRecord | undefined> {
  const containers = await listContainers(docker, [`${LABELS.cluster}=${name}`], ctx);
  return recordsOf(containers)[0];
}

/** One for each cluster of which there is a member. */
export function recordsOf(containers: readonly Docker.ContainerInfo[]): readonly ClusterRecord[] {
  const members = containers.filter(({ Labels }) => MEMBERS.includes(Labels[LABELS.role] ?? ''));
  const names = [...new Set(members.map(({ Labels }) => Labels[LABELS.cluster] ?? ''))].toSorted();
  return names.map((name) => {
    const own = members.filter(({ Labels }) => Labels[LABELS.cluster] === name);
    const master = own.find(({ Labels }) => Labels[LABELS.role] === 'master');
    const workers = own.filter(({ Labels }) => Labels[LABELS.role] === 'worker').toSorted(byIndex);
    const run = own[0]?.Labels[LABELS.run] ?? null;
    return { name, run, master, workers, description: parseDescription(master?.Labels[LABELS.description]) };
  });
}

const MEMBERS = ['master', 'worker'];

function byIndex(a: Docker.ContainerInfo, b: Docker.ContainerInfo): number {
  return indexOf(a) - indexOf(b);
}

export function indexOf({ Labels }: Pick<Docker.ContainerInfo, 'Labels'>): number {
  return Number(Labels[LABELS.index] ?? 0);
}

export function isRunning({ State }: Pick<Docker.ContainerInfo, 'State'>): boolean {
  return State === 'running' || State === 'paused';
}

/** What a run has to know to use it; `undefined` while its master does not run. */
export async function readCluster(docker: Docker, record: ClusterRecord, ctx: Ctx): Promise<Cluster | undefined> {
  const { name, master, description } = record;
  if (master === undefined || description === undefined || !isRunning(master)) return undefined;
  try {
    const inspected = await docker.getContainer(master.Id).inspect({ abortSignal: ctx.signal });
    const address = addressIn(inspected, description.network);
    if (address === '') return undefined;
    const secret = inspected.Config.Env.find((line) => line.startsWith(SECRET))?.slice(SECRET.length) ?? null;
    return clusterAt({ name, address, secret, spark: description.image.spark });
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (statusOf(error) === NOT_FOUND) return undefined;
    throw dockerError(error, `look at the cluster "${name}"`);
  }
}

/** Whoever may look into containers of a daemon may do anything with them. */
const SECRET = '_SPARK_AUTH_SECRET=';

export interface MasterPlace {
  readonly name: string;
  readonly address: string;
  readonly secret: string | null;
  readonly spark: string;
}

export function clusterAt({ name, address, secret, spark }: MasterPlace): Cluster {
  const [master, webUi] = [`spark://${address}:${PORTS.rpc}`, `http://${address}:${PORTS.webUi}`];
  return { name, master, webUi, secret, spark };
}
