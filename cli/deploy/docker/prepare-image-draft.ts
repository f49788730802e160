import { dirname, resolve } from 'node:path';
import { foldersFrom } from '../../../runtime/core/folders.ts';
import type { AppContext } from '../../commands/command.ts';
import { checkFlags } from '../../config/resolve-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { readBind } from '../../docker/bind.ts';
import { chooseCluster } from '../../docker/choose-cluster.ts';
import { type ImageTools, openImageTools } from '../../docker/image-tools.ts';
import { type LocalDaemon, openDaemon } from '../../docker/open-daemon.ts';
import { ownSubmit } from '../../docker/own-submit.ts';
import { checkRoom, type PreparedImage, prepareImage } from '../../docker/prepare-image.ts';
import { indexTokens } from '../../run/index-tokens.ts';
import { type Application, readUser } from '../../run/read-application.ts';
import type { RunScope } from '../../run/with-run.ts';
import type { DeployInput } from '../deploy-source.ts';
import { type Draft, draftRevision } from '../draft-revision.ts';
import type { Revision } from '../records.ts';
import { keepArtifact } from './keep-artifact.ts';
import { TEMPORARY, temporaryName } from './temporary-images.ts';

export interface ImageDraftWanted {
  readonly deploy: DeployInput;
  /** Is awaited when the name is known and nothing has been made for it; gives the revision that counts. Whoever may not go on is told. */
  readonly begin: (app: { readonly name: string }, settings: Settings) => Promise<Revision | undefined>;
}

/** Has all in the daemon that a run there needs, once and for all runs: the application's image, under a name of ours, and hibana's own.
 *  @throws {ToolError} WORKER_TOO_LARGE, DRIVER_TOO_LARGE; as prepareImage, chooseCluster, launcherImage and `begin` */
export async function prepareImageDraft(
  { deploy, begin }: ImageDraftWanted,
  scope: RunScope,
  app: AppContext,
): Promise<Draft> {
  const { ctx, marker } = scope;
  const { options, positionals } = deploy.args;
  const bind = readBind(options.bind);
  const { flags, env, files } = deploy.input;
  const early = checkFlags({ flags, env, files, user: await readUser(deploy.input) });
  const scratch = await scope.guard();
  const leaseDirectory = dirname(scratch);
  const daemon = await openDaemon(app.env, ctx);
  await using tools = openImageTools({ docker: daemon.docker, flags: options, scratch, marker }, app);
  await using temporary = await temporaryName({ docker: daemon.docker, scope, app });
  let live: Revision | undefined;
  const onRead = async ({ plan, settings }: Application): Promise<void> => {
    live = await begin(plan.app, settings);
  };
  const wanted = { deploy, early, daemon, tools, leaseDirectory, temporary: temporary.name, onRead };
  const prepared = await prepare(wanted, scope, app);
  const { image, settings } = prepared;
  if (!prepared.isBuilt) live = await begin(image.app, settings);
  const network = options.network ?? null;
  const choosing = { settings: settings.cluster, docker: daemon.docker, network, spark: image.app.spark };
  // Which one it is will be asked again for each run.
  const { cluster } = await chooseCluster({ ...choosing, run: scope.run, leaseDirectory }, ctx);
  checkRoom({ image, cluster, conf: early.submit.conf }, prepared.room);
  const named = options['launcher-image'] ?? app.env.HIBANA_LAUNCHER_IMAGE ?? null;
  const launcher = { named, id: await tools.launcher(named, ctx) };
  const artifact = await keepArtifact(
    { prepared, daemon, stateFolder: foldersFrom(app.env, app.home).state, live },
    ctx,
  );
  return draftRevision(
    {
      ...{ platform: 'docker', app: image.app, settings, submit: ownSubmit(settings, early), artifact },
      ...{ sparkDefaults: image.sparkConf.defaults, tree: prepared.tree, source: positionals.source },
      docker: { socket: daemon.socket, bind, network, launcher },
      args: { options: { ...options, ...asAsked(settings, named) }, rest: deploy.args.rest },
    },
    app,
  );
}

interface Preparing {
  readonly deploy: DeployInput;
  readonly early: Settings;
  readonly daemon: LocalDaemon;
  readonly tools: ImageTools;
  readonly leaseDirectory: string;
  readonly temporary: string;
  readonly onRead: (application: Application) => Promise<void>;
}

function prepare({ deploy, temporary, ...parts }: Preparing, scope: RunScope, app: AppContext): Promise<PreparedImage> {
  const { positionals, options } = deploy.args;
  const tokens = indexTokens(options, (path) => resolve(app.cwd, path));
  return prepareImage(
    {
      ...{ source: positionals.source, input: deploy.input, indexTokens: tokens, ...parts },
      ...{ java: options.java, upgrade: options.upgrade },
      ...{ as: { repository: TEMPORARY, tag: scope.run }, keepAs: temporary },
      ...{ cache: foldersFrom(app.env, app.home).cache, scope },
    },
    app,
    scope.ctx,
  );
}

/** What the environment said in place of an option: it may be silent when the revision is deployed again. */
function asAsked({ build, origin }: Settings, launcher: string | null): Readonly<Record<string, string>> {
  const { builder } = build;
  return {
    platform: 'docker',
    ...(builder !== null && origin['build.builder'] === 'environment' ? { builder } : {}),
    ...(launcher === null ? {} : { 'launcher-image': launcher }),
  };
}
