import { ApiException, HttpMethod, RequestContext } from '@kubernetes/client-node';
import { fetch } from 'undici';
import type { Ctx } from '../../core/context.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

/** Bookmarks of a watch come about once a minute: a connection that says nothing for longer is broken. */
const SILENCE_MS = 150_000;

export interface StreamRequest {
  /** Below that of the namespace: `pods`, `pods/etl-1-master/log`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Whether it may be silent for as long as it likes. Default: a silence of 150 s is its end, since a watch has bookmarks. */
  readonly isQuiet?: boolean;
}

/** The answer of the API server to a question whose answer goes on, piece by piece, until the server ends it or the signal aborts.
 *  (The client's own watch and log hide what cannot be read, and end this program when a connection breaks.)
 *  @throws {ApiException} for another status than 200; what `fetch` throws when the connection fails or breaks */
export async function* openStream(
  { config, namespace }: KubernetesClient,
  { path, query, isQuiet = false }: StreamRequest,
  { signal }: Pick<Ctx, 'signal'>,
): AsyncIterable<Uint8Array> {
  const url = new URL(`${config.getCurrentCluster()?.server}/api/v1/namespaces/${namespace}/${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const context = new RequestContext(url.href, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new DOMException('Nothing was heard of it', 'TimeoutError')),
    SILENCE_MS,
  );
  const dispatcher = context.getDispatcher();
  try {
    const response = await fetch(url, {
      headers: context.getHeaders(),
      ...(dispatcher === undefined ? {} : { dispatcher }),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (response.status !== 200) {
      throw new ApiException(response.status, response.statusText, await response.text(), {});
    }
    if (isQuiet) clearTimeout(timer);
    for await (const chunk of response.body ?? []) {
      if (!isQuiet) timer.refresh();
      yield chunk as Uint8Array;
    }
  } finally {
    clearTimeout(timer);
  }
}
