import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';
import { LABELS, type ObjectRole } from '../../../runtime/core/labels.ts';
import { LeaseFile } from '../../../runtime/core/lease-directory.ts';
import { listContainers } from '../../../runtime/platform/docker/cluster-record.ts';
import { connectSocket } from '../../../runtime/platform/docker/connect-docker.ts';
import { takeSparkLog } from '../../../runtime/platform/docker/docker-driver.ts';
import { readDaemonSocket } from '../../../runtime/platform/docker/docker-place.ts';
import { takeExecutorLogs, takeMemberLog } from '../../../runtime/platform/docker/member-logs.ts';
import { runLabels } from '../../../runtime/platform/docker/run-labels.ts';
import { leaseFolder } from '../lease-folder.ts';
import type { LogStream, WantedLogs } from '../log-files.ts';

/** What the containers of a run have written and keep to themselves until it ends. */
export interface LiveLogs extends AsyncDisposable {
  /** Has copies of it, as of now, in this folder, under the names that the logs will have. */
  readonly refresh: (ctx: Ctx) => Promise<string>;
}

/** `undefined` for what is in files of the run anyway, and once it has ended. */
export async function openLiveLogs({ stateFolder, run, stream }: WantedLogs, ctx: Ctx): Promise<LiveLogs | undefined> {
  const leaseDirectory = leaseFolder(stateFolder, run.run);
  const socket = await readDaemonSocket(leaseDirectory).catch(() => undefined);
  const source = sourceOf(stream);
  if (socket === undefined || source === undefined) return undefined;
  const docker = await connectSocket(socket, ctx);
  // In a folder that goes with the run, and is not made again when that has gone.
  const folder = await mkdtemp(join(leaseDirectory, LeaseFile.scratch, 'logs-')).catch(() => undefined);
  if (folder === undefined) return undefined;
  const labels = [...runLabels(run.run, leaseDirectory), ...source.labels];
  return {
    refresh: async (inner) => {
      const found = await listContainers(docker, labels, inner).catch(() => []);
      // Of one that is going there is nothing more, and its end is seen by whoever looks at the run.
      await Promise.all(found.map(({ Id }) => source.take(docker.getContainer(Id), folder, inner).catch(() => {})));
      inner.signal.throwIfAborted();
      return folder;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

interface LogSource {
  readonly labels: readonly string[];
  readonly take: (container: Docker.Container, folder: string, ctx: Ctx) => Promise<void>;
}

function sourceOf(stream: LogStream): LogSource | undefined {
  const role = (name: ObjectRole): string => `${LABELS.role}=${name}`;
  switch (stream.kind) {
    case 'spark':
      return { labels: [role('driver')], take: takeSparkLog };
    case 'master':
      return { labels: [role('master')], take: takeMemberLog };
    case 'worker':
      return { labels: [role('worker'), `${LABELS.index}=${stream.number}`], take: takeMemberLog };
    case 'executor':
      return { labels: [role('worker')], take: takeExecutorLogs };
    default:
      return undefined;
  }
}
