import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';
import { LOOPBACK } from '../../runtime/platform/local/member-command.ts';

/** That nobody listens on the port the application is told to listen on: it would find out itself when its cluster is up.
 *  Whether it may listen there is left to the application: it may not even be on loopback. `host` is where it is published, where it is.
 *  @throws {ToolError} PORT_IN_USE */
export async function checkPort(port: number | null, host: string = LOOPBACK): Promise<void> {
  if (port === null) return;
  const server = createServer().listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (cause) {
    if (systemCode(cause) !== 'EADDRINUSE') return;
    throw new ToolError('PORT_IN_USE', `Cannot run on port ${port}: another program listens on it`, {
      cause,
      details: { port },
      hint: 'End that program, or choose another port with --port',
    });
  }
  server.close();
  await once(server, 'close');
}
