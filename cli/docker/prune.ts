import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { LABELS } from '../../runtime/core/labels.ts';
import { isRunning, listContainers } from '../../runtime/platform/docker/cluster-record.ts';
import { sweepDocker } from '../../runtime/platform/docker/sweep.ts';
import { hasLivingLauncher } from '../../runtime/platform/local/list-clusters.ts';

export interface Orphan {
  /** `run=…` or `cluster=…`, by its label. */
  readonly label: string;
  readonly name: string;
  readonly kind: 'run' | 'cluster';
}

/** Between the first object of a run and its launcher is a moment. */
const NEW_MS = 60_000;

/** The runs that have something in a daemon and no launcher there, nor anybody here who would clean up after it; and shared clusters of which nothing
 *  runs. What is new is somebody's who is at work. */
export async function findOrphans(docker: Docker, stateFolder: string, ctx: Ctx): Promise<readonly Orphan[]> {
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    listContainers(docker, [LABELS.role], ctx),
    docker.listNetworks({ filters: { label: [LABELS.role] } }),
    docker.listVolumes({ filters: { label: [LABELS.role] } }),
  ]);
  const objects = [
    ...containers.map((container) => ({
      ...{ labels: container.Labels, createdMs: container.Created * 1_000 },
      isAlive: isRunning(container),
    })),
    ...networks.map(({ Labels, Created }) => ({
      labels: Labels ?? {},
      createdMs: Date.parse(Created),
      isAlive: false,
    })),
    ...(volumes ?? []).map(({ Labels, CreatedAt }: Volume) => ({
      ...{ labels: Labels ?? {}, createdMs: Date.parse(CreatedAt ?? ''), isAlive: false },
    })),
  ];
  const orphans: Orphan[] = [];
  for (const kind of ['run', 'cluster'] as const) {
    const key = LABELS[kind];
    // A cluster of a run's own goes with the run.
    const ofKind = objects.filter(({ labels }) => key in labels && (kind === 'run' || !(LABELS.run in labels)));
    for (const name of new Set(ofKind.map(({ labels }) => labels[key] ?? ''))) {
      const own = ofKind.filter(({ labels }) => labels[key] === name);
      const isLed = own.some(
        ({ labels, isAlive }) => isAlive && (kind === 'cluster' || labels[LABELS.role] === 'launcher'),
      );
      const isNew = own.some(({ createdMs }) => Date.now() - createdMs < NEW_MS);
      const isGuarded = kind === 'run' && (await hasLivingLauncher(join(stateFolder, 'runs', name)));
      if (!isLed && !isNew && !isGuarded) orphans.push({ label: `${key}=${name}`, name, kind });
    }
  }
  return orphans;
}

interface Volume {
  readonly Labels?: Readonly<Record<string, string>>;
  readonly CreatedAt?: string;
}

/** Deletes what there is of an orphan. Gives what is left, in words. */
export function pruneOrphan(docker: Docker, { label }: Orphan, ctx: Ctx): Promise<readonly string[]> {
  return sweepDocker({ docker, labels: [label] }, ctx);
}
