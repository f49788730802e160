import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { kubernetesClient } from '../../../../../runtime/platform/kubernetes/kubernetes-client.ts';
import { type PodChange, watchPods } from '../../../../../runtime/platform/kubernetes/watch-pods.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

type Answer = (response: ServerResponse) => void;
const away: Answer = (response) => response.writeHead(503).end('{}');
const list: Answer = (response) => response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }));
const forgotten: Answer = (response) => response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410 } })}\n`);

/** What a watch tells of a server that gives these answers, the last again and again, until `count` changes or its failure. Each look at the clock is a minute
 *  after the one before. */
async function told(answers: readonly Answer[], count: number): Promise<readonly PodChange['kind'][]> {
  const left = [...answers];
  await using server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    (left.length > 1 ? left.shift() : left[0])?.(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // `as` because the type also covers pipes: this one listens on a port.
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'test' },
  );
  const over = new AbortController();
  let now = 0;
  const clock = (): number => {
    now += 61_000;
    return now;
  };
  const kinds: PodChange['kind'][] = [];
  for await (const { kind } of watchPods(kubernetesClient(config, 'team'), 'a=b', {
    ...testCtx(),
    signal: over.signal,
    now: clock,
  })) {
    kinds.push(kind);
    if (kinds.length === count) break;
  }
  return kinds;
}

it('watchPods() asks a server without end that was there, and has too much to do for longer than a minute', async () => {
  expect(await told([list, forgotten, away, away, list, forgotten], 2)).toEqual(['all', 'all']);
});

it('watchPods() says that a server does not answer at all', async () => {
  await expect(told([away], 1)).rejects.toMatchObject({ code: 'KUBERNETES_UNREACHABLE' });
});
