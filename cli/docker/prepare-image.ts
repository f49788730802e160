import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { labelsOf } from '../../runtime/core/labels.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { findRecord } from '../../runtime/platform/docker/cluster-record.ts';
import { checkDriver, checkWorker, type Room, readRoom } from '../../runtime/platform/docker/room.ts';
import { ownerOf } from '../../runtime/platform/docker/run-labels.ts';
import { OCI_LABELS } from '../build/image-labels.ts';
import type { AppContext } from '../commands/command.ts';
import { isSized } from '../config/executor-fit.ts';
import type { Settings } from '../config/settings.ts';
import type { Application } from '../run/read-application.ts';
import { type ApplicationBuild, buildApplication } from './application-image.ts';
import { isImageSource } from './image-source.ts';
import type { ImageTools } from './image-tools.ts';
import type { LocalDaemon } from './open-daemon.ts';
import { type DaemonImage, readDaemonImage } from './read-image.ts';

export interface ImageWanted
  extends Pick<ApplicationBuild, 'input' | 'indexTokens' | 'java' | 'upgrade' | 'as' | 'onRead' | 'cache' | 'scope'> {
  /** In the words of whoever wants it. */
  readonly source: string;
  /** What was said of this run alone. */
  readonly early: Settings;
  /** What an image is called in the daemon that has to be brought there; default as bringImage has it. */
  readonly keepAs?: string;
  readonly leaseDirectory: string;
  readonly daemon: LocalDaemon;
  readonly tools: ImageTools;
}

export interface PreparedImage {
  readonly image: ApplicationImage;
  readonly name: string;
  /** How it is to be run: by the source, where there is one. */
  readonly settings: Settings;
  readonly tree: Pick<Application['tree'], 'commit' | 'description'>;
  readonly room: Room;
  /** Of this source, and now: what its labels say of it is so. */
  readonly isBuilt: boolean;
}

export type ApplicationImage = DaemonImage & { readonly app: LaunchRequest['app'] };

/** Has the image of an application in the daemon, built of a source or brought from where it is, and knows what is in it.
 *  @throws {ToolError} WORKER_TOO_LARGE before anything is built; as buildApplication, bringImage and readDaemonImage; IMAGE_INCOMPLETE for the image of
 *    no application */
export async function prepareImage(wanted: ImageWanted, app: AppContext, ctx: Ctx): Promise<PreparedImage> {
  const { source, early, leaseDirectory, daemon, tools, scope } = wanted;
  const room = await readRoom(daemon.docker, ctx);
  if (isSized(early.cluster.target)) checkWorker(early.cluster.worker, room);
  const found = isImageSource(source)
    ? { id: await tools.bring(source, ctx, wanted.keepAs), name: source }
    : await build(wanted, room, app, ctx);
  const labels = labelsOf({ role: 'work', run: scope.run, owner: ownerOf(leaseDirectory), cluster: null });
  const read = await readDaemonImage({ ...daemon, leaseDirectory, ...found, labels }, ctx);
  const image = needApplication(read, found.name);
  if ('application' in found) {
    const { settings, tree } = found.application;
    return { image, name: found.name, settings, tree, room, isBuilt: true };
  }
  const tree = { commit: read.labels[OCI_LABELS.revision] ?? null, description: `image ${source}` };
  const asked = { ...image, app: { ...image.app, ...askedOf(early) } };
  return { image: asked, name: found.name, settings: early, tree, room, isBuilt: false };
}

/** What somebody wants otherwise than the image has it. */
function askedOf({ plan: { name, kind, port }, origin }: Settings): Partial<LaunchRequest['app']> {
  const isAsked = (key: string): boolean => (origin[key] ?? 'default') !== 'default';
  return {
    ...(isAsked('name') ? { name } : {}),
    ...(isAsked('kind') ? { kind } : {}),
    ...(isAsked('port') ? { port } : {}),
  };
}

function build(wanted: ImageWanted, room: Room, app: AppContext, ctx: Ctx) {
  const { input, indexTokens, java, upgrade, as, onRead, cache, daemon, tools } = wanted;
  const { docker } = daemon;
  // What the machine of the daemon has counts, and which clusters are there.
  const isShared = async (name: string): Promise<boolean> =>
    (await findRecord(docker, name, ctx))?.description?.isShared === true;
  const there = { ...input, machineBytes: room.memoryBytes, isShared };
  const { registries } = tools;
  return buildApplication(
    { input: there, indexTokens, java, upgrade, as, onRead, cache, docker, registries, scope: wanted.scope },
    app,
    ctx,
  );
}

function needApplication(image: DaemonImage, name: string): ApplicationImage {
  const { app } = image;
  if (app !== null) return { ...image, app };
  throw new ToolError('IMAGE_INCOMPLETE', `Cannot run "${name}": it is the image of no application`, {
    hint: 'Build one on it with "hibana build", and run the image that this makes',
  });
}

export interface RoomWanted {
  readonly image: Pick<ApplicationImage, 'app' | 'sparkConf'>;
  readonly cluster: LaunchRequest['cluster'];
  /** Properties of the run's own. */
  readonly conf: Readonly<Record<string, string>>;
}

/** Refuses a driver and workers that the machine of the daemon could never hold, before anything is made.
 *  @throws {ToolError} WORKER_TOO_LARGE, DRIVER_TOO_LARGE */
export function checkRoom({ image, cluster, conf }: RoomWanted, room: Room): void {
  if (cluster.kind === 'ephemeral') checkWorker(cluster.spec.worker, room);
  checkDriver({ ...image.sparkConf.defaults, ...image.app.conf, ...conf }, room);
}
