import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import Docker from 'dockerode';
import { expect, it } from 'vitest';
import { createDaemonStore } from '../../../../../cli/image/daemon/daemon-store.ts';
import { packImage } from '../../../../../cli/image/pack-image.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { fileEntry, layerSource } from '../../../../helpers/layer-sources.ts';

interface Daemon extends AsyncDisposable {
  readonly docker: Docker;
  /** It has all of an image; it answers when it is let. */
  readonly received: Promise<unknown>;
  readonly answer: () => void;
}

/** A daemon that has no images yet. */
async function startDaemon(): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-daemon-'));
  const socketPath = join(folder, 'docker.sock');
  const [received, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/images/json')) return void response.end('[]');
    if (!request.url?.startsWith('/images/load')) return void response.writeHead(404).end('{}');
    await buffer(request).catch(() => {});
    received.resolve();
    await answered.promise;
    response.end('{"stream":"Loaded"}\n');
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    docker: new Docker({ socketPath }),
    received: received.promise,
    answer: answered.resolve,
    [Symbol.asyncDispose]: async () => {
      answered.resolve();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

it('a load that is aborted ends when a daemon that has all of the image has made it', async () => {
  await using daemon = await startDaemon();
  const scratch = await mkdtemp(join(tmpdir(), 'hibana-load-'));
  const ctx = testCtx();
  const reason = new Error('no longer wanted');
  try {
    const destination = createDaemonStore({
      docker: daemon.docker,
      ref: { registry: 'localhost', repository: 'a' },
    });
    const base = { kind: 'scratch', platform: { os: 'linux', architecture: 'amd64' } } as const;
    const layers = [layerSource([fileEntry('a', 'a')])];
    let end = 'none';
    const loading = packImage({ base, layers, changes: {}, destination, tags: ['v1'], scratch }, ctx).then(
      () => {
        end = 'loaded';
      },
      (error: unknown) => {
        end = error === reason ? 'aborted' : String(error);
      },
    );
    await daemon.received;
    ctx.abort(reason);
    // Whatever ends at once has ended by the time that another request takes.
    await daemon.docker.listImages();
    expect(end).toBe('none');
    daemon.answer();
    await loading;
    expect(end).toBe('aborted');
  } finally {
    await rm(scratch, { recursive: true });
  }
});
