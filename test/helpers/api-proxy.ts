import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { request as ask, createServer, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Duplex, pipeline } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { kubeconfigOf } from '../kubernetes/certificates.ts';
import { makeCertificate } from './certificate-authority.ts';

/** One call of the API server. */
export interface ApiCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

/** What goes wrong with a call: `error` is a 500 in its place, `reset` a connection that is cut before it is made, `lost` one that is cut when it has
 *  been made and is answered. */
export type ApiFault = 'error' | 'reset' | 'lost';

/** A server that hands every call on to an API server. */
export interface ApiProxy extends AsyncDisposable {
  /** The same user, through this one: a file. */
  readonly kubeconfig: string;
  /** What was called since the last call of this. */
  readonly take: () => readonly ApiCall[];
  /** What goes wrong with a call; can be changed while it runs. Default nothing. */
  fault: (call: ApiCall) => ApiFault | undefined;
  /** Cuts every connection there is, watches among them. */
  readonly cut: () => void;
}

export interface ApiProxyWanted {
  /** A file, of a user with a token: certificates of callers do not pass. */
  readonly kubeconfig: string;
  /** For a certificate and the new kubeconfig; whoever made it deletes it. */
  readonly folder: string;
  /** Where it listens; default 127.0.0.1. Pods reach `own.host` of the cluster. */
  readonly host?: string;
}

/** Of so many calls (0 to 1) one of the three goes wrong. */
export function failing(fraction: number, random: () => number = Math.random): ApiProxy['fault'] {
  const faults = ['error', 'reset', 'lost'] as const;
  return () => (random() < fraction ? faults[Math.floor(random() * faults.length)] : undefined);
}

/** Starts one before the API server of a kubeconfig. */
export async function startApiProxy({ kubeconfig, folder, host = '127.0.0.1' }: ApiProxyWanted): Promise<ApiProxy> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const [user, cluster] = [config.getCurrentUser(), config.getCurrentCluster()];
  if (!user?.token || !cluster) throw new Error(`The user of ${kubeconfig} has no token`);
  const ca = cluster.caData ? Buffer.from(cluster.caData, 'base64') : undefined;
  const certificate = makeCertificate(folder, [`IP:${host}`]);
  const calls: ApiCall[] = [];
  const faultOf = ({ method = '', url = '' }: IncomingMessage): ApiFault | undefined => {
    const call = { method, path: url };
    calls.push(call);
    return proxy.fault(call);
  };
  const onward = ({ method = '', url = '', headers }: IncomingMessage): [URL, RequestOptions] => {
    return [new URL(url, cluster.server), { method, headers, setHost: false, ...(ca && { ca }) }];
  };
  const server = createServer(certificate, handOn(onward, faultOf));
  const connections = new Set<Duplex>();
  server.on('secureConnection', (socket) => {
    connections.add(socket.on('error', () => {}).on('close', () => connections.delete(socket)));
  });
  server.on('upgrade', (incoming: IncomingMessage, near: Duplex) => {
    if (faultOf(incoming) !== undefined) return void near.destroy();
    handUpgradeOn(onward(incoming), near);
  });
  server.listen(0, host);
  await once(server, 'listening');
  // `as` because the type also covers pipes: this one listens on a port.
  const { port } = server.address() as AddressInfo;
  const file = join(folder, 'proxy.kubeconfig');
  const authority = (await readFile(certificate.caFile)).toString('base64');
  const near = { server: `https://${host}:${port}`, 'certificate-authority-data': authority };
  const namespace = config.getContextObject(config.currentContext)?.namespace;
  await writeFile(file, JSON.stringify(kubeconfigOf(near, { token: user.token }, user.name, namespace)), {
    mode: 0o600,
  });
  const cut = (): void => {
    for (const socket of connections) socket.destroy();
  };
  const proxy: ApiProxy = {
    ...{ kubeconfig: file, take: () => calls.splice(0), fault: () => undefined, cut },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
  return proxy;
}

type Onward = (incoming: IncomingMessage) => [URL, RequestOptions];

function handOn(onward: Onward, faultOf: (incoming: IncomingMessage) => ApiFault | undefined): RequestListener {
  return (incoming, response) => {
    const fault = faultOf(incoming);
    if (fault === 'reset') return void incoming.destroy();
    if (fault === 'error') {
      incoming.resume();
      return void response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(FAILURE));
    }
    const call = ask(...onward(incoming), (answer) => {
      // Who asked may be gone.
      if (fault === 'lost' || response.destroyed) {
        response.destroy();
        return void answer.destroy();
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A watch says nothing for a while, and its client waits for the headers.
      response.flushHeaders();
      pipeline(answer, response, () => {});
    });
    call.on('error', () => response.destroy());
    response.on('close', () => call.destroy());
    pipeline(incoming, call, () => {});
  };
}

const FAILURE = {
  ...{ apiVersion: 'v1', kind: 'Status', status: 'Failure' },
  ...{ message: 'a fault of a test', reason: 'InternalError', code: 500 },
};

/** What `exec` and `port-forward` are: two streams under another protocol. */
function handUpgradeOn([url, options]: ReturnType<Onward>, near: Duplex): void {
  const call = ask(url, options);
  call.on('error', () => near.destroy());
  call.on('response', () => near.destroy());
  call.on('upgrade', (answer, far, head) => {
    const lines = Array.from({ length: answer.rawHeaders.length / 2 }, (_, index) =>
      answer.rawHeaders.slice(2 * index, 2 * index + 2).join(': '),
    );
    near.write(['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n'));
    near.write(head);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  call.end();
}
