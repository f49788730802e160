import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Job, V1Secret } from '@kubernetes/client-node';
import type { Ctx } from '../../runtime/core/context.ts';
import { labelsOf } from '../../runtime/core/labels.ts';
import { formatLaunchRequest, type LaunchRequest } from '../../runtime/core/launch-env.ts';
import { createObject } from '../../runtime/platform/kubernetes/create-object.ts';
import type { KubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import { formatKubernetesPlace, type KubernetesPlace } from '../../runtime/platform/kubernetes/kubernetes-place.ts';
import { literal } from '../../runtime/platform/kubernetes/member-pods.ts';
import { retrying } from '../../runtime/platform/kubernetes/retry.ts';
import { renderObjects } from '../../templates/render.ts';
import type { CarriedSecrets } from './carry-secrets.ts';
import { formatBytes, formatCpu } from './quantities.ts';

export interface JobWanted {
  readonly client: KubernetesClient;
  /** The folder of this program. */
  readonly root: string;
  readonly request: LaunchRequest;
  readonly place: KubernetesPlace;
  /** By digest. */
  readonly image: string;
  readonly launcherImage: string;
  readonly driverBytes: number;
  readonly pullSecrets: readonly string[];
  readonly serviceAccount: string;
}

/** The driver and the launcher have it one after the other: half is enough for a job that does not end when it is asked to. */
const GRACE_SECONDS = 60;
/** What is left of a run whose command does not look any more. */
const TTL_SECONDS = 24 * 60 * 60;
const DRIVER_MILLICORES = 500;
/** Beside the time for the cluster: for its image to be fetched. */
const PATIENCE_SECONDS = 600;

/** Makes the Job of a run, which does nothing yet.
 *  @throws {ToolError} KUBERNETES_…, QUOTA_EXCEEDED; NAME_TAKEN when there is one of this name, which is somebody else's */
export async function createJob(wanted: JobWanted, ctx: Ctx): Promise<V1Job> {
  const { client, request } = wanted;
  const { batch, namespace } = client;
  const { run } = request;
  return createObject<V1Job>(
    {
      what: `the job "${run}"`,
      body: await renderJob(wanted),
      create: (body) => batch.createNamespacedJob({ namespace, body, fieldValidation: 'Strict' }),
      read: () => batch.readNamespacedJob({ namespace, name: run }),
    },
    ctx,
  );
}

/** Makes the Secret with the request of a Job, which it owns, and lets it begin: whatever interrupts this leaves at most a Job that does nothing.
 *  @throws {ToolError} KUBERNETES_…, NAME_TAKEN, QUOTA_EXCEEDED */
export async function beginJob(wanted: JobWanted, job: V1Job, secrets: CarriedSecrets, ctx: Ctx): Promise<void> {
  const { batch, namespace } = wanted.client;
  const { run } = wanted.request;
  await createRequest(wanted, job, secrets, ctx);
  const body = [{ op: 'replace', path: '/spec/suspend', value: false }];
  await retrying(`start the job "${run}"`, () => batch.patchNamespacedJob({ namespace, name: run, body }), ctx);
}

async function renderJob(wanted: JobWanted): Promise<V1Job> {
  const { client, root, request, image, launcherImage, driverBytes, pullSecrets, serviceAccount } = wanted;
  const { run, app, timeouts } = request;
  const script = await readFile(join(root, 'templates', 'kubernetes', 'driver.sh'), 'utf8');
  const [job] = await renderObjects(root, 'job', {
    ...{ name: run, namespace: client.namespace, image, launcherImage, pullSecrets, serviceAccount },
    labels: labelsOf({ role: 'launcher', app: app.name, run, cluster: null }),
    request: requestName(run),
    driverMemory: formatBytes(driverBytes),
    driverCpu: formatCpu(DRIVER_MILLICORES),
    driverScript: literal(script),
    waitTenths: String(Math.ceil(timeouts.clusterMs / 100) + PATIENCE_SECONDS * 10),
    graceSeconds: GRACE_SECONDS,
    ttlSeconds: TTL_SECONDS,
    env: [],
    port: app.port,
  });
  if (job === undefined) throw new Error('a template of nothing');
  return job as V1Job;
}

async function createRequest(
  { client, request, place }: JobWanted,
  job: V1Job,
  { secrets, files }: CarriedSecrets,
  ctx: Ctx,
): Promise<void> {
  const { core, namespace } = client;
  const { run, app } = request;
  const name = requestName(run);
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: run, uid: job.metadata?.uid ?? '', controller: true };
  const whole = { ...request, submit: { ...request.submit, secrets } };
  await createObject<V1Secret>(
    {
      what: `the secret "${name}"`,
      body: {
        metadata: {
          name,
          labels: labelsOf({ role: 'request', app: app.name, run, cluster: null }),
          ownerReferences: [owner],
        },
        immutable: true,
        data: {
          'request.json': Buffer.from(formatLaunchRequest(whole)).toString('base64'),
          'place.json': Buffer.from(formatKubernetesPlace(place)).toString('base64'),
          ...Object.fromEntries(Object.entries(files).map(([key, content]) => [key, content.toString('base64')])),
        },
      },
      create: (body) => core.createNamespacedSecret({ namespace, body }),
      read: () => core.readNamespacedSecret({ namespace, name }),
    },
    ctx,
  );
}

function requestName(run: string): string {
  return `${run}-request`;
}
