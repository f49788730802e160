import { resolve } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { labelsOf } from '../../runtime/core/labels.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { nameFrom } from '../../runtime/core/names.ts';
import { parsePlatforms } from '../build/platforms.ts';
import { caFileOf, openRegistries } from '../builder/open-registries.ts';
import type { AppContext, CommandArgs } from '../commands/command.ts';
import type { definition } from '../commands/run.ts';
import { checkFlags } from '../config/resolve-settings.ts';
import type { Settings } from '../config/settings.ts';
import { withS3Settings } from '../jars/s3-settings.ts';
import { checkPort } from '../run/check-port.ts';
import { readFailure } from '../run/failure-cause.ts';
import { forgetOldRuns } from '../run/forget-old-runs.ts';
import { indexTokens } from '../run/index-tokens.ts';
import { readUser } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import { type RunScope, withRun } from '../run/with-run.ts';
import { buildApplication } from './application-image.ts';
import { bringImage } from './bring-image.ts';
import { chooseCluster } from './choose-cluster.ts';
import { launcherImage } from './launcher-image.ts';
import { openDaemon } from './open-daemon.ts';
import { type DaemonImage, readDaemonImage } from './read-image.ts';
import { launchInDocker } from './run-in-docker.ts';

type Args = CommandArgs<typeof definition>;

const RUNS_KEPT = 50;
const LOOPBACK = '127.0.0.1';
/** An image by its digest, or one that the daemon has by its id: nothing is built. */
const IMAGE_SOURCE = /(?:^|@)sha256:[0-9a-f]{64}$/;

/** Source, plan, image; then a launcher in a container has it. Ends with the job's own status. */
export async function runInDocker({ positionals, options, rest }: Args, app: AppContext): Promise<number> {
  const isImage = IMAGE_SOURCE.test(positionals.source);
  // An image is read as if it were an application without a file: flags are the same.
  const input = readInput(isImage ? 'template:pi' : positionals.source, options, rest, app);
  const { flags, env, files } = input;
  const early = checkFlags({ flags, env, files, user: await readUser(input) });
  const tokens = indexTokens(options, (path) => resolve(app.cwd, path));
  const folders = foldersFrom(app.env, app.home);
  const startedAt = app.now();
  await forgetOldRuns(folders.state, RUNS_KEPT);
  const name = isImage ? imageAppName(positionals.source) : sourceName(input.source);
  return withRun({ name, stateFolder: folders.state, launches: true }, app, async (scope) => {
    const { launcher, ctx, run, marker } = scope;
    if (launcher === null) throw new Error('a run without a launcher');
    const { leaseDirectory } = launcher;
    const scratch = await scope.guard();
    const daemon = await openDaemon(app.env, ctx);
    const { docker } = daemon;
    await using registries = openRegistries(options, app);
    const places = { registries, cwd: app.cwd, pid: app.pid };
    const [platform = { os: 'linux', architecture: app.arch }] = parsePlatforms([], app.arch);
    const bringing = { docker, platform, places, scratch };
    const build = { input, indexTokens: tokens, java: options.java, upgrade: options.upgrade };
    const built = isImage
      ? {
          id: await bringImage({ ...bringing, name: positionals.source }, ctx),
          name: positionals.source,
          application: null,
        }
      : await buildApplication({ ...build, name, docker, registries, cache: folders.cache, scope }, app, ctx);
    const labels = labelsOf({ role: 'work', run, cluster: null });
    const image = application(
      await readDaemonImage({ docker, id: built.id, name: built.name, labels }, ctx),
      built.name,
    );
    const settings: Settings = built.application?.settings ?? early;
    const port = image.app.port;
    if (port !== null) await checkPort(port);
    const network = options.network ?? null;
    const choosing = { settings: settings.cluster, docker, run, leaseDirectory, network, spark: image.app.spark };
    const chosen = await chooseCluster(choosing, ctx);
    const { env: environment, home, arch, pid } = app;
    const index = { indexUrl: options['index-url'] ?? null, caFile: caFileOf(options, app.cwd) };
    const toolchain = {
      cache: folders.cache,
      env: environment,
      home,
      platform: app.platform,
      arch,
      pid,
      extraEnv: marker,
      index,
    };
    const named = options['launcher-image'] ?? app.env.HIBANA_LAUNCHER_IMAGE ?? null;
    const ours = await launcherImage({ ...bringing, named, toolchain, scratch }, app, ctx);
    const request = requestFor({ image, settings, early, cluster: chosen.cluster, scope, startedAt, app });
    const outcome = await launchInDocker(
      {
        ...{ daemon, request, launcherImage: ours, leaseDirectory, stateFolder: folders.state },
        image: { id: image.id, name: built.name, user: image.user, python: image.python },
        sparkConf: { ...image.sparkConf, defaults: { ...image.sparkConf.defaults } },
        ...{ network: chosen.network, isOwnNetwork: chosen.isOwnNetwork },
        publish: port === null ? null : { address: options.bind ?? LOOPBACK, port },
      },
      scope,
    );
    const failure = outcome.kind === 'failed' ? await readFailure(outcome, image.app.language) : NO_FAILURE;
    await scope.reporter.close({ outcome, lastLines: failure.lines, lastLinesFrom: failure.from });
    await app.writeResult({
      data: {
        app: image.app.name,
        commit: built.application?.tree.commit ?? null,
        spark: image.app.spark,
        image: { name: built.name, id: image.id },
        outcome,
      },
      ...(outcome.reason === null ? {} : { error: outcome.reason }),
    });
    return outcome.exitCode;
  });
}

function application(image: DaemonImage, name: string): DaemonImage & { readonly app: LaunchRequest['app'] } {
  const { app } = image;
  if (app !== null) return { ...image, app };
  throw new ToolError('IMAGE_INCOMPLETE', `Cannot run "${name}": it is the image of no application`, {
    hint: 'Build one on it with "hibana build", and run the image that this makes',
  });
}

const NO_FAILURE = { lines: [], from: 'stderr' } as const;

/** `registry.example/team/app@sha256:…` is of an application called `app`, as long as nobody has looked inside. */
function imageAppName(source: string): string {
  return nameFrom(source.replace(IMAGE_SOURCE, '').replace(/:[\w.-]+$/, ''));
}

interface RequestParts {
  readonly image: Pick<LaunchRequest, 'app' | 'layout'> & {
    readonly sparkConf: { readonly defaults: Readonly<Record<string, string>> };
  };
  readonly settings: Settings;
  /** What was said for this run alone. */
  readonly early: Settings;
  readonly cluster: LaunchRequest['cluster'];
  readonly scope: RunScope;
  readonly startedAt: number;
  readonly app: AppContext;
}

/** The image says what runs; the run adds what it was told. */
function requestFor({ image, settings, early, cluster, scope, startedAt, app }: RequestParts): LaunchRequest {
  const { runMs } = settings.timeouts;
  const left = runMs === null ? null : Math.max(1, startedAt + runMs - app.now());
  const { args, conf, env, executorEnv } = early.submit;
  const request: LaunchRequest = {
    version: 1,
    run: scope.run,
    ...{ app: image.app, layout: image.layout, cluster },
    submit: {
      ...{ args, conf, env, executorEnv, secrets: settings.submit.secrets },
      ...{ packages: [], repositories: [], excludePackages: [], jars: [], pyFiles: [], files: [], archives: [] },
    },
    prepared: { startedAt: new Date(startedAt).toISOString(), steps: [...scope.steps] },
    timeouts: { ...settings.timeouts, runMs: left },
  };
  const sparkDefaults = image.sparkConf.defaults;
  return settings.extras.includes('s3') ? withS3Settings({ request, env: app.env, sparkDefaults }) : request;
}
