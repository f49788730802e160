import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import type { Ctx } from '../../../runtime/core/context.ts';
import { LABELS, labelsOf } from '../../../runtime/core/labels.ts';
import type { KubernetesClient } from '../../../runtime/platform/kubernetes/kubernetes-client.ts';
import { CONFLICT, NOT_FOUND, statusOf } from '../../../runtime/platform/kubernetes/kubernetes-errors.ts';
import { retrying } from '../../../runtime/platform/kubernetes/retry.ts';
import {
  type DeploymentRecord,
  formatRecord,
  isRun,
  parseRevision,
  parseRun,
  type Revision,
  type Run,
} from '../records.ts';
import type { DeploymentStore } from '../store.ts';

/** Of a run whose end nobody has put on record. */
const OPEN_LABEL = 'hibana.dev/open';
const RECORD_KEY = 'record';
const SECRET_TYPE = 'hibana.dev/revision.v1';

/** Records as objects of a namespace: a Secret for each revision, since what is launched may be secret, and a ConfigMap for each run. One call writes one
 *  whole.
 *  @throws {ToolError} KUBERNETES_FORBIDDEN, KUBERNETES_UNREACHABLE, QUOTA_EXCEEDED, beside what DeploymentStore says */
export function createKubernetesStore(client: KubernetesClient, ctx: Ctx): DeploymentStore {
  const { core, namespace } = client;
  const listRevisions = async (app: string | null): Promise<readonly V1Secret[]> => {
    const labelSelector = selector('revision', app);
    const list = () => core.listNamespacedSecret({ namespace, labelSelector });
    return (await retrying('list the revisions', list, ctx)).items;
  };
  const listRuns = async (app: string, isOpen: boolean): Promise<readonly V1ConfigMap[]> => {
    const labelSelector = [selector('run', app), ...(isOpen ? [OPEN_LABEL] : [])].join(',');
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector });
    return (await retrying('list the runs', list, ctx)).items;
  };
  return {
    names: async (only) => {
      const found = (await listRevisions(only ?? null)).map(({ metadata }) => metadata?.labels?.[LABELS.app] ?? '');
      return [...new Set(found)].toSorted();
    },
    revisions: async function* (name, from = Number.POSITIVE_INFINITY): AsyncIterable<Revision> {
      const wanted = (await listRevisions(name)).filter((secret) => numberOf(secret) <= from);
      for (const secret of wanted.toSorted((one, other) => numberOf(other) - numberOf(one))) {
        const content = Buffer.from(secret.data?.[RECORD_KEY] ?? '', 'base64').toString();
        yield parseRevision(content, `secret "${secret.metadata?.name}"`);
      }
    },
    runs: async function* (name, which = 'all'): AsyncIterable<Run> {
      const runs = (await listRuns(name, which === 'running')).map(({ data, metadata }) =>
        parseRun(data?.[RECORD_KEY] ?? '', `config map "${metadata?.name}"`),
      );
      yield* runs.toSorted((one, other) => other.startedAt.localeCompare(one.startedAt));
    },
    put: (record, mode) => (mode === 'new' ? create(record, client, ctx) : replace(record, client, ctx)),
    delete: async (name) => {
      // An application is there as long as it has a revision.
      const [revisions, runs] = [selector('revision', name), selector('run', name)];
      const what = `delete what is known of "${name}"`;
      const request = { namespace, labelSelector: revisions };
      await retrying(what, () => core.deleteCollectionNamespacedSecret(request), ctx);
      await retrying(what, () => core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: runs }), ctx);
    },
  };
}

function selector(role: 'revision' | 'run', app: string | null): string {
  return `${LABELS.role}=${role},${app === null ? LABELS.app : `${LABELS.app}=${app}`}`;
}

function numberOf({ metadata }: V1Secret): number {
  return Number(metadata?.labels?.[LABELS.revision]);
}

async function create(record: DeploymentRecord, client: KubernetesClient, ctx: Ctx): Promise<boolean> {
  const { core, namespace } = client;
  const isTaken = (error: unknown): boolean => statusOf(error) === CONFLICT;
  let wasRepeated = false;
  const call = async (isRepeated: boolean): Promise<unknown> => {
    wasRepeated = isRepeated;
    return isRun(record)
      ? core.createNamespacedConfigMap({ namespace, body: mapOf(record) })
      : core.createNamespacedSecret({ namespace, body: secretOf(record) });
  };
  try {
    await retrying(`keep what is known of "${record.application}"`, call, ctx, isTaken);
    return true;
  } catch (error) {
    if (!isTaken(error)) throw error;
    // The answer to the first call may have been lost, and not the call.
    return wasRepeated && (await contentOf(record, client, ctx)) === formatRecord(record);
  }
}

async function contentOf(record: DeploymentRecord, client: KubernetesClient, ctx: Ctx): Promise<string | undefined> {
  const { core, namespace } = client;
  const name = nameOf(record);
  const action = `read what is known of "${record.application}"`;
  if (isRun(record)) {
    const { data } = await retrying(action, () => core.readNamespacedConfigMap({ namespace, name }), ctx);
    return data?.[RECORD_KEY];
  }
  const { data } = await retrying(action, () => core.readNamespacedSecret({ namespace, name }), ctx);
  return Buffer.from(data?.[RECORD_KEY] ?? '', 'base64').toString();
}

async function replace(record: DeploymentRecord, client: KubernetesClient, ctx: Ctx): Promise<boolean> {
  const { core, namespace } = client;
  const name = nameOf(record);
  const isGone = (error: unknown): boolean => statusOf(error) === NOT_FOUND;
  const call = (): Promise<unknown> =>
    isRun(record)
      ? core.replaceNamespacedConfigMap({ namespace, name, body: mapOf(record) })
      : core.replaceNamespacedSecret({ namespace, name, body: secretOf(record) });
  try {
    await retrying(`keep what is known of "${record.application}"`, call, ctx, isGone);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** `hibana.etl.v3`, as nothing else is called that hibana makes; `hibana.run.etl-261122031510-x3f9`. */
function nameOf(record: DeploymentRecord): string {
  return isRun(record) ? `hibana.run.${record.run}` : `hibana.${record.application}.v${record.revision}`;
}

function secretOf(revision: Revision): V1Secret {
  const labels = labelsOf({ role: 'revision', app: revision.application, run: null, cluster: null });
  return {
    metadata: { name: nameOf(revision), labels: { ...labels, [LABELS.revision]: String(revision.revision) } },
    type: SECRET_TYPE,
    stringData: { [RECORD_KEY]: formatRecord(revision) },
  };
}

function mapOf(run: Run): V1ConfigMap {
  const labels = labelsOf({ role: 'run', app: run.application, run: run.run, cluster: null });
  const open = run.status === 'running' ? { [OPEN_LABEL]: 'true' } : {};
  return {
    metadata: {
      name: nameOf(run),
      labels: { ...labels, [LABELS.revision]: String(run.revision), ...open },
    },
    data: { [RECORD_KEY]: formatRecord(run) },
  };
}
