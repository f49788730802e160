import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { hostsOf, localAddressTowards, whyUnreachable } from './find-master.ts';

/** The port of a Connect server where its URL has none. */
const USUAL_PORT = 15_002;

/** That something listens where the Connect server should be: its client would ask for ten minutes.
 *  @throws {ToolError} MASTER_UNREACHABLE */
export async function findConnectServer(remote: string, ctx: Ctx): Promise<void> {
  const [server] = hostsOf(remote, USUAL_PORT);
  if (server === undefined) throw new Error('a remote without a host');
  await localAddressTowards(server, ctx).catch((cause: unknown) => {
    ctx.signal.throwIfAborted();
    const place = `sc://${server.host}:${server.port}`;
    throw new ToolError('MASTER_UNREACHABLE', `Cannot reach the Connect server at ${place}: ${whyUnreachable(cause)}`, {
      cause,
      hint: 'Check host and port of the server, whether it runs, and the network',
    });
  });
}
