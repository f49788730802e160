import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { LaunchRequest } from '../../../runtime/core/launch-env.ts';
import { LeaseFile } from '../../../runtime/core/lease-directory.ts';
import { readRoom } from '../../../runtime/platform/docker/room.ts';
import { RUN_VARIABLE } from '../../../runtime/platform/local/process-table.ts';
import { findImageId } from '../../docker/bring-image.ts';
import { chooseCluster } from '../../docker/choose-cluster.ts';
import { type ImageContext, openImageTools } from '../../docker/image-tools.ts';
import { ownImageName } from '../../docker/launcher-image.ts';
import { placeRun } from '../../docker/place-run.ts';
import { checkRoom } from '../../docker/prepare-image.ts';
import { withS3Settings } from '../../jars/s3-settings.ts';
import type { Revision, Run } from '../records.ts';
import { partsOf } from './parts.ts';
import { publishedPorts } from './published-ports.ts';
import { registryFlags } from './registry-flags.ts';

export interface RunToRequest {
  readonly revision: Revision;
  readonly run: Run;
  readonly leaseDirectory: string;
  readonly docker: Docker;
}

/** Writes down where in Docker a run will be, and tells what the launcher needs to know. Nothing is made in the daemon but, where it has none, hibana's
 *  own image.
 *  @throws {ToolError} as chooseCluster, checkRoom, launcherImage and placeRun */
export async function requestRun(wanted: RunToRequest, app: ImageContext, ctx: Ctx): Promise<LaunchRequest> {
  const { revision, run, leaseDirectory, docker } = wanted;
  const { image: name, daemon, inDocker } = partsOf(revision);
  const { app: descriptor, submit, timeouts, sparkDefaults, extras, notify, cluster: settings } = revision.launch;
  const { network: named, socket } = inDocker;
  const choosing = { settings, docker, leaseDirectory, network: named, spark: descriptor.spark };
  const { cluster, network, isOwnNetwork } = await chooseCluster({ ...choosing, run: run.run }, ctx);
  const { id, layout, user, python, sparkConf } = daemon;
  checkRoom({ image: { app: descriptor, sparkConf }, cluster, conf: submit.conf }, await readRoom(docker, ctx));
  const request: LaunchRequest = {
    version: 1,
    run: run.run,
    ...{ app: descriptor, layout, cluster },
    submit: { ...submit, args: [...run.args] },
    prepared: { startedAt: run.startedAt, steps: [] },
    ...{ timeouts, notify },
  };
  const { request: placed } = await placeRun({
    place: {
      ...{ socket, launcherImage: await launcherFor(wanted, app, ctx), network, ownsNetwork: isOwnNetwork },
      image: { id, name, user, python },
      ...{ sparkConf, publish: publishedPorts(revision) },
    },
    request: extras.includes('s3') ? withS3Settings({ request, env: app.env, sparkDefaults }) : request,
    leaseDirectory,
  });
  return placed;
}

/** The one of this version, where the daemon has it; else that with which the revision was deployed: a run is started without a network. */
async function launcherFor(wanted: RunToRequest, app: ImageContext, ctx: Ctx): Promise<string> {
  const { revision, run, leaseDirectory, docker } = wanted;
  const { named, id } = partsOf(revision).inDocker.launcher;
  const own = named === null ? await findImageId(docker, await ownImageName(app), ctx) : undefined;
  const there = own ?? (await findImageId(docker, id, ctx));
  if (there !== undefined) return there;
  const scratch = join(leaseDirectory, LeaseFile.scratch);
  const marker = { [RUN_VARIABLE]: run.run };
  await using tools = openImageTools({ docker, flags: registryFlags(revision), scratch, marker }, app);
  return await tools.launcher(named, ctx);
}
