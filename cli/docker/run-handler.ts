import { resolve } from 'node:path';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { launchInDocker } from '../../runtime/platform/docker/launch-in-docker.ts';
import type { AppContext, CommandArgs } from '../commands/command.ts';
import type { definition } from '../commands/run.ts';
import { checkFlags } from '../config/resolve-settings.ts';
import { deployedRuns } from '../deploy/deployed-runs.ts';
import { checkPort } from '../run/check-port.ts';
import { readFailure } from '../run/failure-cause.ts';
import { forgetOldRuns } from '../run/forget-old-runs.ts';
import { indexTokens } from '../run/index-tokens.ts';
import { readUser } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import { tellEnd } from '../run/tell-end.ts';
import { withRun } from '../run/with-run.ts';
import { readBind } from './bind.ts';
import { chooseCluster } from './choose-cluster.ts';
import { imageRequest } from './image-request.ts';
import { imageAppName, isImageSource, SOURCE_OF_IMAGES } from './image-source.ts';
import { openImageTools } from './image-tools.ts';
import { openDaemon } from './open-daemon.ts';
import { placeRun } from './place-run.ts';
import { checkRoom, prepareImage } from './prepare-image.ts';

type Args = CommandArgs<typeof definition>;

const RUNS_KEPT = 50;

/** Source, plan, image; then a launcher in a container has it. Ends with the job's own status. */
export async function runInDocker({ positionals, options, rest }: Args, app: AppContext): Promise<number> {
  const { source } = positionals;
  const isImage = isImageSource(source);
  const input = readInput(isImage ? SOURCE_OF_IMAGES : source, options, rest, app);
  const { flags, env, files } = input;
  const early = checkFlags({ flags, env, files, user: await readUser(input) });
  const tokens = indexTokens(options, (path) => resolve(app.cwd, path));
  const bind = readBind(options.bind);
  const folders = foldersFrom(app.env, app.home);
  const startedAt = app.now();
  const deployed = await deployedRuns(folders.state);
  await forgetOldRuns(folders.state, RUNS_KEPT, (run) => deployed.has(run));
  const name = isImage ? imageAppName(source) : sourceName(input.source);
  return withRun({ name, stateFolder: folders.state, launches: true }, app, async (scope) => {
    const { launcher, ctx, run, marker } = scope;
    if (launcher === null) throw new Error('a run without a launcher');
    const { leaseDirectory } = launcher;
    const scratch = await scope.guard();
    const daemon = await openDaemon(app.env, ctx);
    const { docker, socket } = daemon;
    await using tools = openImageTools({ docker, flags: options, scratch, marker }, app);
    const prepared = await prepareImage(
      {
        ...{ source, input, early, indexTokens: tokens, java: options.java, upgrade: options.upgrade, scope },
        // The next one replaces it.
        as: { repository: `hibana-run/${name}`, tag: 'latest' },
        ...{ cache: folders.cache, leaseDirectory, daemon, tools },
      },
      app,
      ctx,
    );
    const { image, settings } = prepared;
    const { port, spark } = image.app;
    if (port !== null) await checkPort(port, bind);
    const network = options.network ?? null;
    const choosing = { settings: settings.cluster, docker, run, leaseDirectory, network, spark };
    const { cluster, network: at, isOwnNetwork } = await chooseCluster(choosing, ctx);
    checkRoom({ image, cluster, conf: early.submit.conf }, prepared.room);
    const launcherImage = await tools.launcher(options['launcher-image'] ?? app.env.HIBANA_LAUNCHER_IMAGE ?? null, ctx);
    const request = imageRequest({ prepared, early, cluster, scope, startedAt, app });
    const place = {
      ...{ socket, launcherImage, network: at, ownsNetwork: isOwnNetwork },
      image: { id: image.id, name: prepared.name, user: image.user, python: image.python },
      sparkConf: { ...image.sparkConf, defaults: { ...image.sparkConf.defaults } },
      publish: port === null ? [] : [{ address: bind, port }],
    };
    const placed = await placeRun({ place, request, leaseDirectory });
    const outcome = await launchInDocker(
      {
        ...{ docker, ...placed, leaseDirectory, stateFolder: folders.state },
        onEvent: (event) => scope.reporter.emit(event),
        onOutput: (stream, chunk) => scope.reporter.output(stream, chunk),
      },
      ctx,
    );
    await tellEnd(request, outcome, scope, app);
    const failure = outcome.kind === 'failed' ? await readFailure(outcome, image.app.language) : NO_FAILURE;
    await scope.reporter.close({ outcome, lastLines: failure.lines, lastLinesFrom: failure.from });
    await app.writeResult({
      data: {
        app: image.app.name,
        commit: prepared.tree.commit,
        spark,
        image: { name: prepared.name, id: image.id },
        outcome,
      },
      ...(outcome.reason === null ? {} : { error: outcome.reason }),
    });
    return outcome.exitCode;
  });
}

const NO_FAILURE = { lines: [], from: 'stderr' } as const;
