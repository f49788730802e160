import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Ctx } from '../../../runtime/core/context.ts';
import { LABELS } from '../../../runtime/core/labels.ts';
import { DRIVER_PORTS } from '../../../runtime/platform/container/prepare-driver.ts';
import { listContainers } from '../../../runtime/platform/docker/cluster-record.ts';
import { connectSocket } from '../../../runtime/platform/docker/connect-docker.ts';
import { readDockerPlace } from '../../../runtime/platform/docker/docker-place.ts';
import { runLabels } from '../../../runtime/platform/docker/run-labels.ts';
import { addressIn } from '../../../runtime/platform/docker/start-container.ts';

/** A port of loopback behind which the page of a driver in a container answers. */
export interface ForwardedPage extends AsyncDisposable {
  readonly url: string;
}

/** At which address this machine reaches the page of Spark of a run in Docker, of which nothing is published; `undefined` while its driver has none, and
 *  in a daemon without root.
 *  @throws {ToolError} DOCKER_UNREACHABLE */
export async function findDriverPage(leaseDirectory: string, run: string, ctx: Ctx): Promise<string | undefined> {
  const place = await readDockerPlace(leaseDirectory).catch(() => undefined);
  if (place === undefined) return undefined;
  const docker = await connectSocket(place.socket, ctx);
  const [driver] = await listContainers(docker, [...runLabels(run, leaseDirectory), `${LABELS.role}=driver`], ctx);
  if (driver?.State !== 'running') return undefined;
  const address = addressIn(await docker.getContainer(driver.Id).inspect({ abortSignal: ctx.signal }), place.network);
  return address !== '' && (await answers(address)) ? address : undefined;
}

async function answers(host: string): Promise<boolean> {
  const socket = connect({ host, port: DRIVER_PORTS.ui, timeout: ANSWER_MS });
  socket.on('timeout', () => socket.destroy(new Error('it does not answer')));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const ANSWER_MS = 2_000;

/** Forwards a port of loopback, for this machine alone, to that of the page.
 *  Disposing ends it, with every connection. */
export async function forwardPage(address: string): Promise<ForwardedPage> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    const page = connect({ host: address, port: DRIVER_PORTS.ui });
    for (const [one, other] of [
      [socket, page],
      [page, socket],
    ] as const) {
      keep(one);
      // Whichever of the two goes, the other goes as well.
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
    socket.pipe(page).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
