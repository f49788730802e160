import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Cluster, ClusterChoice } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { systemCode, ToolError } from '../../core/errors.ts';
import { readMasterPage, readMasterVersion } from '../master-page.ts';

export type UrlChoice = Extract<ClusterChoice, { readonly kind: 'url' }>;

/** The port of a master's page where nobody chose another. */
const USUAL_WEB_PORT = 8_080;
const CONNECT_DEADLINE_MS = 5_000;

/** A master that somebody else runs, when it answers; with its page and version where they can be known.
 *  @throws {ToolError} MASTER_UNREACHABLE, FILE_UNREADABLE for its secret */
export async function findMaster(choice: UrlChoice, ctx: Ctx): Promise<Cluster> {
  const { master, secretFile } = choice;
  const answering = (await findAnswering(master, ctx)).map(({ host }) => host);
  const webUi = choice.webUi ?? (await findPage({ hosts: answering, webPort: USUAL_WEB_PORT }, ctx));
  const spark = webUi === null ? null : ((await readMasterVersion(webUi, ctx.signal)) ?? null);
  return { name: master, master, webUi, secret: secretFile === null ? null : await readSecret(secretFile), spark };
}

/** The address of this machine from which a master is reached, the first that answers of those that the URL names.
 *  @throws {ToolError} MASTER_UNREACHABLE */
export async function addressTowards(master: string, ctx: Ctx): Promise<string> {
  const [first] = await findAnswering(master, ctx);
  return first.address;
}

interface Answering {
  readonly host: HostAndPort;
  /** Of this machine. */
  readonly address: string;
}

/** Those of the masters that answer, in their order. */
async function findAnswering(master: string, ctx: Ctx): Promise<readonly [Answering, ...Answering[]]> {
  const hosts = hostsOf(master);
  const reached = await Promise.allSettled(
    hosts.map(async (host) => ({ host, address: await localAddressTowards(host, ctx) })),
  );
  ctx.signal.throwIfAborted();
  const [first, ...others] = reached.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (first === undefined) throw unreachable(master, reached);
  return [first, ...others];
}

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `spark://a:7077,b:7077` → both; `sc://[::1]:15002/;x=y` → the one. `defaultPort` is for URLs without one. */
export function hostsOf(url: string, defaultPort = 7_077): readonly HostAndPort[] {
  const authority = url.replace(/^\w+:\/\//, '').replace(/\/.*$/, '');
  return authority.split(',').map((text) => {
    const [, six, host = six ?? '', port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
    return { host, port: port === undefined ? defaultPort : Number(port) };
  });
}

/** Connects, and gives the address of this machine from which it did: the one at which the other side can answer.
 *  @throws the error of the connection; rejects after five seconds */
export function localAddressTowards({ host, port }: HostAndPort, { signal }: Pick<Ctx, 'signal'>): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host, port });
    const end = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.setTimeout(CONNECT_DEADLINE_MS, () =>
      socket.destroy(new Error(`no answer within ${CONNECT_DEADLINE_MS / 1_000} s`)),
    );
    socket.once('error', (error) => {
      end();
      reject(error);
    });
    socket.once('connect', () => {
      const address = socket.localAddress ?? '';
      end();
      resolve(address);
    });
  });
}

/** Whether an address, or the usual name for it, is of this very machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function unreachable(master: string, results: readonly PromiseSettledResult<unknown>[]): ToolError {
  const [cause] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  return new ToolError('MASTER_UNREACHABLE', `Cannot reach the master at ${master}: ${whyUnreachable(cause)}`, {
    cause,
    details: { master },
  });
}

/** Why a connection failed, for people. */
export function whyUnreachable(cause: unknown): string {
  const why = systemCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return REASONS[why] ?? why;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
};

export interface PageSearch {
  readonly hosts: readonly HostAndPort[];
  readonly webPort: number;
}

/** The page, at this port, of the master that leads; of one that stands by where none leads. `null`: there is none, or it is of other masters. */
export async function findPage({ hosts, webPort }: PageSearch, ctx: Ctx): Promise<string | null> {
  const pages = await Promise.all(
    hosts.map(async ({ host, port }) => {
      const url = `http://${host.includes(':') ? `[${host}]` : host}:${webPort}`;
      const page = await readMasterPage(url, ctx.signal);
      return page !== undefined && hostsOf(page.master)[0]?.port === port ? [{ url, status: page.status }] : [];
    }),
  );
  const own = pages.flat();
  return (own.find(({ status }) => status === 'ALIVE') ?? own[0])?.url ?? null;
}

async function readSecret(file: string): Promise<string> {
  const what = `Cannot read the secret of the cluster from "${file}"`;
  const secret = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ToolError('FILE_UNREADABLE', what, { cause });
  });
  if (secret.trim() === '') throw new ToolError('FILE_UNREADABLE', `${what}: it is empty`);
  return secret.trim();
}
