import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Ctx } from '../../core/context.ts';
import { systemCode, ToolError } from '../../core/errors.ts';
import { type HostAndPort, hostsOf, localAddressTowards, whyUnreachable } from './find-master.ts';

/** The port of a Connect server where its URL has none. */
const USUAL_PORT = 15_002;
const GREETING_DEADLINE_MS = 5_000;

/** That something listens where the Connect server should be, and speaks TLS where its client will: the client would ask for ten minutes, or
 *  without end. Whose certificate it is, is for the client to judge.
 *  @throws {ToolError} MASTER_UNREACHABLE */
export async function findConnectServer(remote: string, ctx: Ctx): Promise<void> {
  const [server] = hostsOf(remote, USUAL_PORT);
  if (server === undefined) throw new Error('a remote without a host');
  const place = `sc://${server.host}:${server.port}`;
  await localAddressTowards(server, ctx).catch((cause: unknown) => {
    ctx.signal.throwIfAborted();
    throw new ToolError('MASTER_UNREACHABLE', `Cannot reach the Connect server at ${place}: ${whyUnreachable(cause)}`, {
      cause,
      hint: 'Check host and port of the server, whether it runs, and the network',
    });
  });
  if (!isSecured(remote, server)) return;
  await greet(server, ctx).catch((cause: unknown) => {
    ctx.signal.throwIfAborted();
    const why = systemCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    // It does, and wants something else of us: a certificate, a cipher.
    if (why.includes('_ALERT_')) return;
    throw new ToolError(
      'MASTER_UNREACHABLE',
      `Cannot speak with the Connect server at ${place}: it does not speak TLS (${why})`,
      {
        cause,
        hint: 'Leave the token or use_ssl=true out of the URL, with which the client uses TLS, or give the server TLS',
      },
    );
  });
}

/** Whether the client uses TLS. A token makes it do so, but for this name of the same machine. Source: DefaultChannelBuilder of PySpark 4.2 */
function isSecured(remote: string, { host }: HostAndPort): boolean {
  const [, ...parts] = remote.split(';');
  const parameters = new Map(
    parts.map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=');
      return [name, value];
    }),
  );
  if (parameters.get('use_ssl')?.toLowerCase() === 'true') return true;
  return parameters.has('token') && host.toLowerCase() !== 'localhost';
}

/** Exchanges the greetings of TLS, and no more. Rejects after five seconds. */
function greet({ host, port }: HostAndPort, { signal }: Ctx): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // A proxy in front of many servers hangs up on a client that does not name one. An address is no name: RFC 6066, section 3.
    const servername = isIP(host) === 0 ? host : '';
    const socket = connect({ host, port, servername, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const end = (): void => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
      socket.destroy();
    };
    const timer = setTimeout(
      () => socket.destroy(new Error(`no answer within ${GREETING_DEADLINE_MS / 1_000} s`)),
      GREETING_DEADLINE_MS,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => {
      end();
      reject(error);
    });
    socket.once('secureConnect', () => {
      end();
      resolve();
    });
  });
}
