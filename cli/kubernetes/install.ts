import { type KubernetesObject, KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { KubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import { CONFLICT, kubernetesError, NOT_FOUND, statusOf } from '../../runtime/platform/kubernetes/kubernetes-errors.ts';
import { retrying } from '../../runtime/platform/kubernetes/retry.ts';
import { renderObjects } from '../../templates/render.ts';

/** Of launchers, in each namespace where there are runs. */
export const SERVICE_ACCOUNT = 'hibana-launcher';
/** Who we are to the server, as the owner of what we set. */
const FIELD_MANAGER = 'hibana';
const MANAGED = { 'app.kubernetes.io/name': 'hibana', 'app.kubernetes.io/managed-by': 'hibana' };

/** What a namespace is given: the account of launchers and its rights. `root`: the folder of this program. */
export function installObjects(root: string, namespace: string): Promise<readonly KubernetesObject[]> {
  return renderObjects(root, 'install', { namespace, serviceAccount: SERVICE_ACCOUNT, labels: MANAGED });
}

/** Applies them; what is there already is brought up to date. Gives their names.
 *  @throws {ToolError} KUBERNETES_FORBIDDEN where the user may not give these rights; NAME_TAKEN where somebody else has set another value */
export async function install(client: KubernetesClient, root: string, ctx: Ctx): Promise<readonly string[]> {
  const api = KubernetesObjectApi.makeApiClient(client.config);
  const objects = await installObjects(root, client.namespace);
  for (const object of objects) {
    const action = `apply the ${nameOf(object)}`;
    const patch = () => api.patch(object, undefined, undefined, FIELD_MANAGER, false, PatchStrategy.ServerSideApply);
    const isTaken = (error: unknown): boolean => statusOf(error) === CONFLICT;
    await retrying(action, patch, ctx, isTaken).catch((error: unknown) => {
      if (!isTaken(error)) throw error;
      const { message } = kubernetesError(error, action) as ToolError;
      throw new ToolError('NAME_TAKEN', message, {
        cause: error,
        hint: 'Let whoever has set it take it back, or delete the object',
      });
    });
  }
  return objects.map(nameOf);
}

/** Deletes what `install` has made, the rights first; idempotent. Gives the names of what was there.
 *  @throws {ToolError} KUBERNETES_FORBIDDEN */
export async function uninstall(client: KubernetesClient, root: string, ctx: Ctx): Promise<readonly string[]> {
  const api = KubernetesObjectApi.makeApiClient(client.config);
  const objects = await installObjects(root, client.namespace);
  const isGone = (error: unknown): boolean => statusOf(error) === NOT_FOUND;
  const deleted: string[] = [];
  for (const object of objects.toReversed()) {
    await retrying(`delete the ${nameOf(object)}`, () => api.delete(object), ctx, isGone).then(
      () => deleted.push(nameOf(object)),
      (error: unknown) => {
        if (!isGone(error)) throw error;
      },
    );
  }
  return deleted;
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} "${metadata?.name}"`;
}
