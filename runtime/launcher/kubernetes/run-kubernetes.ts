import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { type Ctx, steadyNow, withSignal } from '../../core/context.ts';
import { errorMessage, ToolError } from '../../core/errors.ts';
import type { StampedEvent } from '../../core/events.ts';
import { LABELS } from '../../core/labels.ts';
import { type LaunchRequest, parseLaunchRequest } from '../../core/launch-env.ts';
import { LeaseFile, type Outcome } from '../../core/lease-directory.ts';
import { orAborted } from '../../core/or-aborted.ts';
import { writeAtomically } from '../../platform/atomic-write.ts';
import { deleteRun } from '../../platform/kubernetes/delete-run.ts';
import { type KubernetesClient, kubernetesClient } from '../../platform/kubernetes/kubernetes-client.ts';
import { type KubernetesPlace, POD_PATHS, parseKubernetesPlace } from '../../platform/kubernetes/kubernetes-place.ts';
import { createKubernetesProvider } from '../../platform/kubernetes/kubernetes-provider.ts';
import { LEASE_NAMES } from '../../platform/kubernetes/lease-words.ts';
import { PodBoard } from '../../platform/kubernetes/pod-board.ts';
import { runPodDriver } from '../../platform/kubernetes/pod-driver.ts';
import { isEnding } from '../../platform/kubernetes/pod-state.ts';
import { describeOutcome } from '../describe-outcome.ts';
import { createEventLog, type EventLog } from '../event-log.ts';
import { type DriverEnd, launch, type RunDriver } from '../launch.ts';
import { holdLease } from '../lease-holder.ts';
import type { LaunchResult } from '../outcome.ts';
import { StopReason } from '../stop-reason.ts';
import { type OwnPod, ownerIn } from './own-pod.ts';

export interface KubernetesRun {
  readonly pod: OwnPod;
  readonly stop: AbortController;
  readonly onEvent: (event: StampedEvent) => void;
  readonly now: () => number;
}

const SECRET_BYTES = 32;
/** With the time for the cluster's own deletion it is less than the grace of the pod: the outcome is told last. */
const SWEEP_DEADLINE_MS = 15_000;
/** In which nothing else of the container's may look. */
const PROGRAM = join(import.meta.dirname, '..', 'image', 'member.mjs');
/** There from the first start of the launcher on: another one finds it, and knows that the first was killed. */
const LAUNCHED = 'launched';

/** One run on Kubernetes, from the container of its launcher: until nothing of it is left but its own pod. What became of it is its last event. */
export async function runKubernetes(run: KubernetesRun): Promise<void> {
  const { pod, onEvent, now } = run;
  const request = parseLaunchRequest(await readFile(POD_PATHS.request, 'utf8'));
  const place = parseKubernetesPlace(await readFile(POD_PATHS.place, 'utf8'));
  const config = new KubeConfig();
  config.loadFromCluster();
  const client = kubernetesClient(config, pod.namespace);
  const leaseDirectory = await mkdtemp(join(tmpdir(), 'lease-'));
  await mkdir(join(leaseDirectory, LeaseFile.logs));
  const log = createEventLog(join(leaseDirectory, LeaseFile.events), request.run, onEvent, now);
  const result = await launchOnce(request, place, client, run, log);
  const leftovers = await sweepOwn(request, client, log);
  const described = describeOutcome({ request, result, log, leaseDirectory, leftovers, finishedAt: now() });
  // They are those of its pods.
  const outcome = { ...described, logs: '' };
  log.emit({ type: 'outcome', outcome });
  await tellDriver(outcome);
}

/** A driver that has not begun ends with the run's status; one that ends is not told twice. */
export async function tellDriver({ exitCode }: Pick<Outcome, 'exitCode'>): Promise<void> {
  await writeAtomically(join(POD_PATHS.lease, LEASE_NAMES.failed), `${exitCode}\n`, 0o644);
}

async function launchOnce(
  request: LaunchRequest,
  place: KubernetesPlace,
  client: KubernetesClient,
  run: KubernetesRun,
  log: EventLog,
): Promise<LaunchResult> {
  const launched = join(POD_PATHS.lease, LAUNCHED);
  const isAgain = await access(launched).then(
    () => true,
    () => false,
  );
  if (isAgain) {
    await writeAtomically(join(POD_PATHS.lease, LEASE_NAMES.stop), 'TERM 10\n', 0o644);
    return { error: new ToolError('LAUNCHER_LOST', 'The launcher was killed, and another one has taken its place') };
  }
  await writeAtomically(launched, '', 0o644);
  return launchHere(request, place, client, run, log);
}

async function launchHere(
  request: LaunchRequest,
  place: KubernetesPlace,
  client: KubernetesClient,
  { pod, stop, now }: KubernetesRun,
  log: EventLog,
): Promise<LaunchResult> {
  const { runMs, clusterMs } = request.timeouts;
  const spentMs = now() - Date.parse(request.prepared.startedAt);
  // The time limit is on the whole run: what came before the launcher counts.
  const timer = runMs === null ? undefined : setTimeout(() => stop.abort(StopReason.timeout(spentMs + runMs)), runMs);
  const ctx: Ctx = { signal: stop.signal, emit: log.emit, now: steadyNow };
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  using holder = await holdLease(secret, pod.address);
  await using board = new PodBoard(client, `${LABELS.run}=${request.run}`, ctx);
  const over = new AbortController();
  const watching = stopWhenDeleted(pod, board, stop, over.signal);
  try {
    const program = await readFile(PROGRAM, 'utf8');
    const provider = createKubernetesProvider({
      ...{ client, board, deadlineMs: clusterMs, owner: ownerIn(pod), app: request.app.name },
      members: {
        image: { layout: request.layout, spark: request.app.spark },
        python: place.python,
        pods: place.members,
      },
      guard: { host: pod.address, port: holder.port, secret, program },
    });
    const driver = {
      ...{ sparkConf: place.sparkConf, lease: POD_PATHS.lease, pod: pod.name, podIp: pod.address, board },
      stopSignal: (reason: unknown) => (reason instanceof StopReason ? reason.signal : 'SIGTERM'),
    };
    const runDriver = (...[wanted, at, inner, hooks]: Parameters<RunDriver>): Promise<DriverEnd> =>
      runPodDriver(wanted, at, { ...driver, ...hooks }, inner);
    return { end: await launch(request, { provider, runDriver }, ctx) };
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
    over.abort();
    await watching;
  }
}

/** Whoever deletes the pod, or drains its node, means the run: the kubelet tells this container last. */
async function stopWhenDeleted(
  own: OwnPod,
  board: PodBoard,
  stop: AbortController,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of board.changes({ signal })) {
      const pod = board.pod(own.name);
      if (pod !== undefined && isEnding(pod)) stop.abort(StopReason.signal('SIGTERM'));
    }
  } catch (error) {
    stop.abort(error);
  }
}

/** All that is left of the run but its own pod, which ends with its driver. */
async function sweepOwn({ run }: LaunchRequest, client: KubernetesClient, log: EventLog): Promise<readonly string[]> {
  const outer: Ctx = { signal: new AbortController().signal, emit: log.emit, now: steadyNow };
  try {
    const inner = withSignal(outer, AbortSignal.timeout(SWEEP_DEADLINE_MS));
    await orAborted(deleteRun(run, client, inner), inner);
    return [];
  } catch (error) {
    return [`pods and secrets with the label ${LABELS.run}=${run}: ${errorMessage(error)}`];
  }
}
