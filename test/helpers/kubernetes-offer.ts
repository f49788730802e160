import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type KubernetesServer, startKubernetes } from '../kubernetes/start-kubernetes.ts';

/** What a test of this machine's own cluster can do besides. */
export interface OwnCluster {
  /** Where pods find this machine. */
  readonly host: string;
  /** All its containers are in it. */
  readonly cgroup: string;
  /** On this machine and on the node: for static volumes, and for files of tests; it goes with the cluster. */
  readonly folder: string;
  /** What to put before a command that is to run on the node. */
  readonly enter: readonly string[];
}

/** A cluster as one process tells another. */
export interface OfferedCluster {
  readonly kubeconfig: string;
  readonly registry: string;
  readonly own?: OwnCluster;
}

const VARIABLE = 'HIBANA_TEST_KUBERNETES_OFFER';

/** Offers a cluster to all files of a run of the tests: the first one that asks has it started, by this process, which outlives them all. What comes
 *  back stops it. */
export async function offerCluster(): Promise<() => Promise<void>> {
  const name = randomUUID();
  let starting: Promise<KubernetesServer> | undefined;
  const answer = async (url: string): Promise<OfferedCluster> => {
    starting ??= startKubernetes();
    const server = await starting;
    const [, awayMs] = /^\/api-server\/away\/(\d+)$/.exec(url) ?? [];
    if (awayMs !== undefined) await server.takeApiServerAway(Number(awayMs));
    return offered(server);
  };
  const offer = createServer((incoming, response) => {
    answer(incoming.url ?? '').then(
      (cluster) => response.end(JSON.stringify(cluster)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  offer.listen(socketOf(name));
  await once(offer, 'listening');
  process.env[VARIABLE] = name;
  return async () => {
    delete process.env[VARIABLE];
    offer.close();
    const server = await starting?.catch(() => undefined);
    await server?.[Symbol.asyncDispose]();
  };
}

/** One without a file: nothing of it stays when this process is killed. */
function socketOf(name: string): string {
  return `\0hibana-test-${name}`;
}

/** The cluster of this run of the tests. */
export function askForCluster(): Promise<OfferedCluster> {
  return ask('/cluster');
}

/** Kills the API server of the cluster, and starts it again after a while; resolves when it is ready again. */
export async function takeApiServerAway(forMs: number): Promise<void> {
  await ask(`/api-server/away/${forMs}`);
}

async function ask(path: string): Promise<OfferedCluster> {
  const name = process.env[VARIABLE];
  if (name === undefined) throw new Error('Only suites of a heavy layer have a cluster: see vitest.config.ts');
  // Without a time limit: the programs may have to be built.
  const asked = request({ socketPath: socketOf(name), path }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const said = await text(response);
  if (response.statusCode !== 200) throw new Error(said);
  return JSON.parse(said) as OfferedCluster;
}

function offered({ enclosure, kubeconfig }: KubernetesServer): OfferedCluster {
  const { folder, enter, addresses } = enclosure;
  const { registry, host, cgroup } = addresses;
  return { kubeconfig, registry, own: { host, cgroup, folder: join(folder, 'shared'), enter } };
}
