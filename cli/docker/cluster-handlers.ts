import { dirname } from 'node:path';
import type { ClusterSpec } from '../../runtime/core/cluster.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { labelsOf } from '../../runtime/core/labels.ts';
import { formatMemory } from '../../runtime/core/quantity.ts';
import { listClusters, reportCluster } from '../../runtime/platform/docker/list-clusters.ts';
import { ownerOf } from '../../runtime/platform/docker/run-labels.ts';
import { parsePlatforms } from '../build/platforms.ts';
import { openRegistries } from '../builder/open-registries.ts';
import { changeCluster } from '../cluster/change-cluster.ts';
import { clustersTable } from '../cluster/clusters-table.ts';
import type { AppContext } from '../commands/command.ts';
import { prepareStateFolder } from '../run/state-folder.ts';
import { type RunScope, withRun } from '../run/with-run.ts';
import { bringImage } from './bring-image.ts';
import { openDaemon, refuseRootless } from './open-daemon.ts';
import { findOrphans, pruneOrphan } from './prune.ts';
import { readDaemonImage } from './read-image.ts';
import { createShared, deleteShared, needShared, scaleShared, usersOf } from './shared-clusters.ts';

export interface CreateInDocker {
  readonly spec: ClusterSpec;
  readonly image: string | undefined;
  readonly deadlineMs: number;
  readonly flags: Parameters<typeof openRegistries>[0];
}

/** A shared cluster of an image that has Spark: an application's, or a builder. */
export async function createInDocker(
  { spec, image, deadlineMs, flags }: CreateInDocker,
  app: AppContext,
): Promise<number> {
  if (image === undefined) {
    throw new ToolError('USAGE', `Cannot create the cluster "${spec.name}" in Docker without an image`, {
      hint: 'Name one with --image: of the application that will run on it, or a builder',
    });
  }
  const cluster = await changing(spec.name, 'the cluster is being deleted', app, async ({ ctx, run, guard }) => {
    const daemon = await openDaemon(app.env, ctx);
    const { docker } = daemon;
    await refuseRootless(docker, spec.name, ctx);
    await using registries = openRegistries(flags, app);
    const [platform = { os: 'linux', architecture: app.arch }] = parsePlatforms([], app.arch);
    const places = { registries, cwd: app.cwd, pid: app.pid };
    const { cache } = foldersFrom(app.env, app.home);
    const id = await bringImage({ name: image, platform, docker, places, scratch: cache }, ctx);
    const leaseDirectory = dirname(await guard());
    const labels = labelsOf({ role: 'work', run, owner: ownerOf(leaseDirectory), cluster: null });
    const reading = { ...daemon, leaseDirectory, id, name: image, labels };
    const { user, layout, spark, python } = await readDaemonImage(reading, ctx);
    return createShared(spec, { id, name: image, user, layout, spark, python }, { docker, deadlineMs }, ctx);
  });
  const { name, master, webUi, spark } = cluster;
  await app.writeResult({
    text: `${name}: ${master}\nrun on it: hibana run SOURCE --platform docker --cluster ${name}`,
    data: { cluster: { name, master, webUi, spark, workers: spec.workers, worker: spec.worker } },
  });
  return ExitCode.ok;
}

export async function listInDocker(app: AppContext): Promise<number> {
  const ctx = quietCtx(app);
  const { docker } = await openDaemon(app.env, ctx);
  const clusters = await Array.fromAsync(listClusters(docker, ctx));
  await app.writeResult({ text: await clustersTable(clusters), data: { clusters } });
  return ExitCode.ok;
}

export async function showInDocker(name: string, app: AppContext): Promise<number> {
  const ctx = quietCtx(app);
  const { docker } = await openDaemon(app.env, ctx);
  const record = await needShared(docker, name, 'show', ctx);
  const { status, page } = await reportCluster(docker, record, true, ctx);
  const users = await usersOf(docker, record, ctx);
  const { worker, image } = record.description ?? {};
  const size =
    worker === undefined ? '' : `, ${worker.millicores / 1_000} cores and ${formatMemory(worker.memoryBytes)} each`;
  const rows: readonly (readonly [string, string | null])[] = [
    ['name', name],
    ['state', status.problem === null ? status.state : `${status.state}: ${status.problem}`],
    ['master', status.master],
    ['web page', status.webUi],
    ['workers', `${status.workers}${size}`],
    ['image', image?.name ?? null],
    ['Spark', status.spark],
    ['Python', status.python],
    ['created', status.createdAt],
    ...users.map((user) => ['used by', user] as const),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  await app.writeResult({
    text: rows.flatMap(([label, text]) => (text === null ? [] : [`${label.padEnd(width)}  ${text}`])).join('\n'),
    data: {
      cluster: { ...status, worker: worker ?? null, image: image?.name ?? null },
      applications: page?.running ?? [],
      alive: page?.workers ?? [],
      users,
    },
  });
  return ExitCode.ok;
}

export async function scaleInDocker(
  name: string,
  asked: number | null,
  deadlineMs: number,
  app: AppContext,
): Promise<number> {
  const scaled = await changing(name, 'the cluster stays as it is by now', app, async ({ ctx }) => {
    const { docker } = await openDaemon(app.env, ctx);
    const record = await needShared(docker, name, 'scale', ctx);
    const workers = asked ?? Math.max(1, record.workers.length);
    await scaleShared(record, workers, { docker, deadlineMs }, ctx);
    return workers;
  });
  await app.writeResult({
    text: `${name}: ${scaled} ${scaled === 1 ? 'worker' : 'workers'}`,
    data: { cluster: { name, workers: scaled } },
  });
  return ExitCode.ok;
}

export async function deleteInDocker(name: string, force: boolean, app: AppContext): Promise<number> {
  const ctx = quietCtx(app);
  const { docker } = await openDaemon(app.env, ctx);
  const record = await needShared(docker, name, 'delete', ctx);
  const leftovers = await deleteShared(docker, record, force, ctx);
  return finish([`${name}: deleted`], { cluster: { name } }, leftovers, app);
}

export async function pruneInDocker(isDry: boolean, app: AppContext): Promise<number> {
  const ctx = quietCtx(app);
  const { docker } = await openDaemon(app.env, ctx);
  const orphans = await findOrphans(docker, foldersFrom(app.env, app.home).state, ctx);
  const leftovers: string[] = [];
  if (!isDry) for (const orphan of orphans) leftovers.push(...(await pruneOrphan(docker, orphan, ctx)));
  const lines = orphans.map(({ name }) => `${name}: ${isDry ? 'would be deleted' : 'deleted'}`);
  const named = (wanted: string): readonly string[] =>
    orphans.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  return finish(
    lines.length === 0 ? ['nothing to delete'] : lines,
    { runs: named('run'), clusters: named('cluster') },
    leftovers,
    app,
  );
}

async function finish(
  lines: readonly string[],
  data: Readonly<Record<string, unknown>>,
  leftovers: readonly string[],
  app: AppContext,
): Promise<number> {
  const left = new ToolError('CLUSTER_FAILED', `Cannot delete: ${leftovers.join('; ')}`).toJSON();
  await app.writeResult({
    text: [...lines, ...leftovers].join('\n'),
    data: { ...data, leftovers },
    ...(leftovers.length === 0 ? {} : { error: left }),
  });
  return leftovers.length === 0 ? ExitCode.ok : ExitCode.platform;
}

/** One command at a time changes a cluster of this name from this machine; of others the daemon's own names keep them apart. */
async function changing<T>(
  name: string,
  stopping: string,
  app: AppContext,
  work: (scope: RunScope) => Promise<T>,
): Promise<T> {
  const { state } = foldersFrom(app.env, app.home);
  await prepareStateFolder(state);
  return withRun({ name, stateFolder: state, launches: false, stopping }, app, (scope) =>
    changeCluster({ stateFolder: state, name: `docker-${name}`, pid: app.pid }, () => work(scope), scope.ctx),
  );
}

function quietCtx(app: AppContext): Ctx {
  return { signal: new AbortController().signal, emit: () => {}, now: app.now };
}
