import { setTimeout as pause } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { Ctx } from '../../core/context.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { GONE, isPassing, kubernetesError, statusOf } from './kubernetes-errors.ts';
import { openStream } from './open-stream.ts';
import { backOffMs, retrying } from './retry.ts';

/** What a watch tells: all pods there are, at first and whenever it had to begin again; else one that has changed, or is gone. */
export type PodChange =
  | { readonly kind: 'all'; readonly pods: readonly V1Pod[] }
  | { readonly kind: 'changed' | 'gone'; readonly pod: V1Pod };

/** Every change of the pods with these labels (`hibana.dev/run=etl-1`), until the signal aborts. A connection that ends is made again where it was; a server
 *  that has forgotten where that was is asked for all. No change is lost; some may be told twice.
 *  @throws {ToolError} KUBERNETES_FORBIDDEN, KUBERNETES_AUTH, NAMESPACE_NOT_FOUND; KUBERNETES_UNREACHABLE when it does not answer at first: one that
 *  is away later is asked without end */
export async function* watchPods(client: KubernetesClient, labels: string, ctx: Ctx): AsyncIterable<PodChange> {
  const { core, namespace } = client;
  let version: string | undefined;
  let isKnown = false;
  for (let failures = 0; !ctx.signal.aborted; failures += 1) {
    try {
      if (version === undefined) {
        const list = await retrying(
          'list pods',
          () => core.listNamespacedPod({ namespace, labelSelector: labels }),
          ctx,
        );
        version = list.metadata?.resourceVersion;
        isKnown = true;
        yield { kind: 'all', pods: list.items };
      }
      for await (const { type, object } of eventsSince(client, labels, version, ctx)) {
        failures = 0;
        if (type === 'ERROR') {
          version = undefined;
          break;
        }
        version = object.metadata?.resourceVersion ?? version;
        if (type !== 'BOOKMARK') yield { kind: type === 'DELETED' ? 'gone' : 'changed', pod: object };
      }
    } catch (error) {
      if (ctx.signal.aborted) return;
      if (statusOf(error) === GONE) version = undefined;
      else if (!isKnown || !isPassing(error)) throw kubernetesError(error, 'watch pods');
    }
    await pause(backOffMs(failures), undefined, { signal: ctx.signal }).catch(() => {});
  }
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: V1Pod;
}

/** One connection, until it ends. */
async function* eventsSince(
  client: KubernetesClient,
  labelSelector: string,
  resourceVersion: string | undefined,
  ctx: Ctx,
): AsyncIterable<WatchEvent> {
  const query = { watch: 'true', allowWatchBookmarks: 'true', labelSelector, resourceVersion };
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of openStream(client, { path: 'pods', query }, ctx)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      // As it came: of its times alone the client would make something else.
      yield JSON.parse(line) as WatchEvent;
    }
  }
}
