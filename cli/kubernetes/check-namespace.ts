import { AuthorizationV1Api } from '@kubernetes/client-node';
import { ToolError } from '../../runtime/core/errors.ts';
import type { KubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import { kubernetesError, NOT_FOUND, statusOf } from '../../runtime/platform/kubernetes/kubernetes-errors.ts';
import { answered } from '../../runtime/platform/kubernetes/retry.ts';
import { SERVICE_ACCOUNT } from './install.ts';

const FORBIDDEN = 403;

/** What a user needs for a run, whatever else the built-in role `edit` has. */
const NEEDED = [
  { group: 'batch', resource: 'jobs', verb: 'create' },
  { group: '', resource: 'secrets', verb: 'create' },
  { group: '', resource: 'pods', verb: 'watch' },
  { group: '', resource: 'pods', subresource: 'log', verb: 'get' },
] as const;

/** Looks once, before anything is built, whether a run can be made there: who waits for a server that is away would wait in vain.
 *  @throws {ToolError} KUBERNETES_UNREACHABLE, KUBERNETES_AUTH, NAMESPACE_NOT_FOUND, KUBERNETES_FORBIDDEN, NOT_INSTALLED */
export async function checkNamespace(client: KubernetesClient): Promise<void> {
  await checkExists(client);
  await checkRights(client);
  await checkInstalled(client);
}

async function checkExists({ core, namespace }: KubernetesClient): Promise<void> {
  const found = await answered(core.readNamespace({ name: namespace })).catch((error: unknown) => {
    // Whoever may not look may still be allowed to run.
    if (statusOf(error) === FORBIDDEN) return undefined;
    throw kubernetesError(error, `look at the namespace "${namespace}"`);
  });
  if (found?.metadata?.deletionTimestamp === undefined) return;
  throw new ToolError('NAMESPACE_NOT_FOUND', `Cannot run in the namespace "${namespace}": it is being deleted`);
}

async function checkRights({ config, namespace }: KubernetesClient): Promise<void> {
  const api = config.makeApiClient(AuthorizationV1Api);
  const answers = await Promise.all(
    NEEDED.map(async (right) => {
      const spec = { resourceAttributes: { namespace, ...right } };
      const { status } = await answered(api.createSelfSubjectAccessReview({ body: { spec } }));
      return status?.allowed === true ? undefined : right;
    }),
  ).catch((error: unknown) => {
    throw kubernetesError(error, `ask what may be done in the namespace "${namespace}"`);
  });
  const missing = answers.find((right) => right !== undefined);
  if (missing === undefined) return;
  const { verb, resource } = missing;
  const what = 'subresource' in missing ? `${resource}/${missing.subresource}` : resource;
  throw new ToolError(
    'KUBERNETES_FORBIDDEN',
    `Cannot run in the namespace "${namespace}": you may not ${verb} ${what} there`,
    {
      hint: `Ask its administrator for the role "edit": kubectl create rolebinding NAME --clusterrole=edit --user=YOU -n ${namespace}`,
      details: { namespace, verb, resource: what },
    },
  );
}

async function checkInstalled({ core, namespace }: KubernetesClient): Promise<void> {
  await answered(core.readNamespacedServiceAccount({ namespace, name: SERVICE_ACCOUNT })).catch((error: unknown) => {
    if (statusOf(error) === FORBIDDEN) return;
    if (statusOf(error) !== NOT_FOUND) throw kubernetesError(error, `look at the namespace "${namespace}"`);
    const message = `Cannot run in the namespace "${namespace}": it has no service account "${SERVICE_ACCOUNT}"`;
    const hint = `Let its administrator run "hibana install -n ${namespace}", once`;
    throw new ToolError('NOT_INSTALLED', message, { cause: error, hint });
  });
}
