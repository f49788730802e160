import { resolve } from 'node:path';
import { withSignal } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { LABELS } from '../../runtime/core/labels.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { DEFAULT_HEAP, DRIVER_MEMORY, driverBytes } from '../../runtime/platform/container/driver-memory.ts';
import type { KubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import { PodBoard } from '../../runtime/platform/kubernetes/pod-board.ts';
import { parsePlatforms } from '../build/platforms.ts';
import { caFileOf, openRegistries } from '../builder/open-registries.ts';
import type { AppContext, CommandArgs } from '../commands/command.ts';
import type { definition } from '../commands/run.ts';
import { checkFlags } from '../config/resolve-settings.ts';
import { imageRequest } from '../docker/image-request.ts';
import { imageAppName, isImageSource, SOURCE_OF_IMAGES } from '../docker/image-source.ts';
import { Interruption } from '../interruption.ts';
import { indexTokens } from '../run/index-tokens.ts';
import { readUser } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import { tellEnd } from '../run/tell-end.ts';
import { type RunScope, withRun } from '../run/with-run.ts';
import { carrySecrets } from './carry-secrets.ts';
import { checkNamespace } from './check-namespace.ts';
import { chooseCluster } from './choose-cluster.ts';
import { deleteJob, followJob } from './follow-job.ts';
import { SERVICE_ACCOUNT } from './install.ts';
import { beginJob, createJob } from './launch-job.ts';
import { launcherImage } from './launcher-image.ts';
import { memberTemplates } from './member-templates.ts';
import { openKubernetes } from './open-kubernetes.ts';
import { prepareImage } from './prepare-image.ts';

type Args = CommandArgs<typeof definition>;

const CLEANUP_DEADLINE_MS = 30_000;

/** Source, image, push; then a Job has it. Ends with the job's own status; nothing of the run is left in the namespace. */
export async function runInKubernetes({ positionals, options, rest }: Args, app: AppContext): Promise<number> {
  const { source } = positionals;
  const isImage = isImageSource(source);
  const input = readInput(isImage ? SOURCE_OF_IMAGES : source, options, rest, app);
  const { flags, env, files } = input;
  const early = checkFlags({ flags, env, files, user: await readUser(input) });
  const tokens = indexTokens(options, (path) => resolve(app.cwd, path));
  const folders = foldersFrom(app.env, app.home);
  const startedAt = app.now();
  const client = await openKubernetes(options, app);
  await checkNamespace(client);
  const name = isImage ? imageAppName(source) : sourceName(input.source);
  const deletion = (run: string): string => deletionOf(run, client);
  return withRun({ name, stateFolder: folders.state, launches: false, deletion }, app, async (scope) => {
    const { ctx, run, reporter } = scope;
    const scratch = await scope.guard();
    await using registries = openRegistries(options, app);
    const [platform = { os: 'linux', architecture: app.arch }] = parsePlatforms([], app.arch);
    const places = { registries, cwd: app.cwd, pid: app.pid };
    const prepared = await prepareImage(
      {
        ...{ source, input, early, indexTokens: tokens, java: options.java, upgrade: options.upgrade },
        ...{ image: options.image ?? null, platform, places, cache: folders.cache, scope },
      },
      app,
      ctx,
    );
    const { image, settings } = prepared;
    const index = { indexUrl: options['index-url'] ?? null, caFile: caFileOf(options, app.cwd) };
    const { cache } = folders;
    const { home, platform: os, arch, pid } = app;
    const launcher = await launcherImage(
      {
        named: options['launcher-image'] ?? app.env.HIBANA_LAUNCHER_IMAGE ?? null,
        ...{ image: image.name, platform, places, scratch },
        toolchain: { cache, env: app.env, home, platform: os, arch, pid, extraEnv: scope.marker, index },
      },
      app,
      ctx,
    );
    const cluster = chooseCluster(settings.cluster, run);
    const request = imageRequest({ prepared, cluster, early, scope, startedAt, app });
    const pullSecrets = options['pull-secret'];
    const place = {
      members: await memberTemplates(app.root, { image: image.name, worker: settings.cluster.worker, pullSecrets }),
      ...{ python: image.python, sparkConf: image.sparkConf },
    };
    const properties = { ...image.sparkConf.defaults, ...image.app.conf, ...early.submit.conf };
    const job = {
      ...{ client, root: app.root, request, place, image: image.name, launcherImage: launcher, pullSecrets },
      ...{ driverBytes: driverBytes(properties[DRIVER_MEMORY] ?? DEFAULT_HEAP), serviceAccount: SERVICE_ACCOUNT },
    };
    const outcome = await launchJob(job, client, scope);
    await tellEnd(request, outcome, scope, app);
    await reporter.close({ outcome, lastLines: [], lastLinesFrom: 'stderr' });
    await app.writeResult({
      data: {
        ...{ app: image.app.name, commit: prepared.commit, spark: image.spark, image: { name: image.name } },
        ...{ namespace: client.namespace, outcome },
      },
      ...(outcome.reason === null ? {} : { error: outcome.reason }),
    });
    return outcome.exitCode;
  });
}

async function launchJob(
  job: Parameters<typeof createJob>[0],
  client: KubernetesClient,
  { ctx, run, reporter }: RunScope,
): Promise<Outcome> {
  await using board = new PodBoard(client, `${LABELS.run}=${run}`, ctx);
  await board.known(ctx);
  const secrets = await carrySecrets(job.request);
  // Of one that is somebody else's nothing is deleted; of one whose creation had no answer there may be something.
  let isOurs = true;
  try {
    const made = await createJob(job, ctx).catch((error: unknown) => {
      isOurs = !(error instanceof ToolError && error.code === 'NAME_TAKEN');
      throw error;
    });
    await beginJob(job, made, secrets, ctx);
    const { clusterMs } = job.request.timeouts;
    const outcome = await followJob(
      {
        ...{ client, run, board, startMs: clusterMs },
        onEvent: (event) => reporter.emit(event),
        // A container has one log: nobody can tell what went where.
        onOutput: (chunk) => reporter.output('stdout', chunk),
      },
      ctx,
    );
    return asAsked(outcome, ctx.signal.reason);
  } finally {
    const cleaning = isOurs ? cleanUp(client, run, board, ctx) : Promise.resolve();
    await cleaning.catch((error: unknown) => {
      const message = `Cannot delete the job "${run}": ${error instanceof Error ? error.message : String(error)}`;
      const hint = `Delete it with "${deletionOf(run, client)}"`;
      reporter.emit({ type: 'notice', level: 'warning', message, hint });
    });
  }
}

/** The command by which somebody else deletes what there is of a run. */
function deletionOf(run: string, { namespace }: KubernetesClient): string {
  return `kubectl delete job ${run} -n ${namespace}`;
}

/** The pod is told in one way, whatever the command was told by. */
function asAsked(outcome: Outcome, reason: unknown): Outcome {
  if (outcome.kind !== 'interrupted' || !(reason instanceof Interruption)) return outcome;
  return { ...outcome, exitCode: reason.exitCode };
}

const GONE_WITHIN_MS = 75_000;

/** Whatever became of the run: nothing of it is left when this resolves. */
async function cleanUp(client: KubernetesClient, run: string, board: PodBoard, outer: RunScope['ctx']): Promise<void> {
  await deleteJob(run, client, withSignal(outer, AbortSignal.timeout(CLEANUP_DEADLINE_MS)));
  const inner = withSignal(outer, AbortSignal.timeout(GONE_WITHIN_MS));
  for await (const pods of board.changes(inner)) if (pods.length === 0) return;
  throw new ToolError(
    'CLUSTER_FAILED',
    `its pods are still there: ${board.pods.map(({ metadata }) => metadata?.name).join(', ')}`,
  );
}
