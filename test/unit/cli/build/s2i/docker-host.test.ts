import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerSpec } from '../../../../../cli/build/s2i/build-container.ts';
import { createDockerHost } from '../../../../../cli/build/s2i/docker-host.ts';
import { openContainers } from '../../../../../cli/build/s2i/open-containers.ts';
import { spoolArchive } from '../../../../../cli/build/s2i/spool-archive.ts';
import type { KeptImage } from '../../../../../cli/image/pack/make-layer.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

interface Call {
  readonly call: string;
  readonly body: string;
}

/** What a daemon answers, by method and path without the query; what is not there is answered by 404. */
type Answers = Record<string, (response: ServerResponse, request: IncomingMessage) => unknown>;

let folder: string;
let socketPath: string;
let server: Server;
let calls: Call[];
let output: (connection: Duplex) => void;
let answers: Answers;
const connections = new Set<Duplex>();

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const cut = (response: ServerResponse) => response.socket?.destroy();
const cutInTheMiddle = (response: ServerResponse) => {
  response.writeHead(200).write('{"StatusCode"', () => cut(response));
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-daemon-'));
  socketPath = join(folder, 'docker.sock');
  calls = [];
  output = (connection) => connection.end();
  answers = {
    'POST /containers/create': json(201, { Id: 'c1' }),
    'POST /containers/c1/start': (response) => response.writeHead(204).end(),
    'POST /containers/c1/wait': json(200, { StatusCode: 0 }),
    'DELETE /containers/c1': (response) => response.writeHead(204).end(),
  };
  server = createServer(async (request, response) => {
    const body = await text(request).catch(() => '');
    const call = `${request.method} ${request.url ?? ''}`;
    calls.push({ call, body });
    const answer = answers[call.replace(/\?.*/, '')] ?? json(404, { message: 'no such thing' });
    answer(response, request);
  });
  server.on('connection', (connection) => connections.add(connection));
  server.on('upgrade', (_request, connection: Duplex) => {
    connection.on('error', () => {});
    connection.resume();
    connection.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    output(connection);
  });
  server.listen(socketPath);
  await once(server, 'listening');
});
afterEach(async () => {
  for (const connection of connections) connection.destroy();
  connections.clear();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

function frame(bytes: Buffer, stream = 1): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

const SPEC: ContainerSpec = {
  ...{ image: 'builder:1', name: 'hibana-build-1', command: ['/bin/sh', '-c', 'true'], env: ['TOKEN=s3cr3t'] },
  ...{ user: null, labels: {}, memoryFolders: [], uploads: [], memoryBytes: null, millicores: null, network: 'none' },
};

const spooled = (archive: Readable) =>
  spoolArchive(archive, { folder: '/tmp', isFolderAlone: false, spool: join(folder, 'spool') }, testCtx());

const names = () => calls.map(({ call }) => call.replace(/\?.*/, ''));

async function start(ctx = testCtx()) {
  const lines: string[] = [];
  const host = createDockerHost(new Docker({ socketPath }));
  const container = await host.start(SPEC, (line) => lines.push(line), ctx);
  return { container, lines };
}

describe('createDockerHost()', () => {
  it('puts nothing but the name into the address of what makes a container', async () => {
    await using container = (await start()).container;
    expect(await container.ended).toBe(0);
    const [made] = calls;
    expect(made?.call).toBe('POST /containers/create?name=hibana-build-1');
    expect(JSON.parse(made?.body ?? '')).toMatchObject({ Image: 'builder:1', Env: ['TOKEN=s3cr3t'] });
    expect(calls.find(({ call }) => call.includes('/start'))?.body).toBe('');
  });

  it('tells output that has no line break in parts, as it comes', async () => {
    const parts = 64;
    output = (connection) => {
      for (let part = 0; part < parts; part += 1) connection.write(frame(Buffer.alloc(32 * 1024, 'x')));
      connection.end();
    };
    const { container, lines } = await start();
    await using _ = container;
    await container.ended;
    expect(lines.join('')).toHaveLength(parts * 32 * 1024);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(128 * 1024);
  });

  it('tells lines whatever their ends and however they are cut', async () => {
    const bytes = Buffer.from('é1\r\n2\r3\n\n4');
    output = (connection) => {
      for (const byte of bytes) connection.write(frame(Buffer.from([byte]), 2));
      connection.end();
    };
    const { container, lines } = await start();
    await using _ = container;
    await container.ended;
    expect(lines).toEqual(['é1', '2', '3', '', '4']);
  });

  it.each([
    ['it is waited for', 'POST /containers/c1/wait', cut],
    ['its end is told', 'POST /containers/c1/wait', cutInTheMiddle],
    ['its changes are asked for', 'GET /containers/c1/changes', cut],
    ['its changes are read', 'GET /containers/c1/changes', cutInTheMiddle],
    ['an archive is asked for', 'GET /containers/c1/archive', cut],
    ['an archive is read', 'GET /containers/c1/archive', cutInTheMiddle],
  ])('says that the daemon is gone while %s', async (_when, call, lost) => {
    answers = { ...answers, 'GET /containers/c1/changes': json(200, []), [call]: lost };
    const { container } = await start();
    const all = async () => {
      await container.ended;
      await container.changes(testCtx());
      return container.readArchive('/tmp/x', spooled, testCtx());
    };
    await expect(all()).rejects.toMatchObject({ code: 'DOCKER_UNREACHABLE', exitCode: 6 });
  });

  it('tells a file that is not there from a container that is not', async () => {
    const { container } = await start();
    await expect(container.readArchive('/tmp/x', spooled, testCtx())).rejects.toMatchObject({
      code: 'CONTAINER_FAILED',
    });
    answers = { ...answers, 'GET /containers/c1/json': json(200, {}) };
    expect(await container.readArchive('/tmp/x', spooled, testCtx())).toBeUndefined();
  });

  it('says that the daemon sent no archive', async () => {
    answers = { ...answers, 'GET /containers/c1/archive': (response) => response.end('x'.repeat(1_024)) };
    const { container } = await start();
    await expect(container.readArchive('/tmp/x', spooled, testCtx())).rejects.toMatchObject({
      code: 'CONTAINER_FAILED',
    });
  });

  it('leaves alone what whoever reads an archive says', async () => {
    answers = { ...answers, 'GET /containers/c1/archive': (response) => response.end() };
    const { container } = await start();
    const own = Object.assign(new Error('broken disk'), { code: 'EIO' });
    await expect(container.readArchive('/tmp/x', () => Promise.reject(own), testCtx())).rejects.toBe(own);
  });

  it('waits until a container is gone that its daemon is deleting', async () => {
    const { container } = await start();
    await container.ended;
    let isGone = false;
    answers = {
      ...answers,
      'DELETE /containers/c1': json(409, { message: 'removal of container c1 is already in progress' }),
      'POST /containers/c1/wait': async (response) => {
        await new Promise((resolve) => setImmediate(resolve));
        isGone = true;
        json(200, { StatusCode: 143 })(response);
      },
    };
    await container[Symbol.asyncDispose]();
    expect(isGone).toBe(true);
  });

  it.each(['POST /containers/c1/start', 'POST /containers/c1/wait', 'POST /containers/create'])(
    'rejects with the reason when it is aborted and the daemon does not answer %s',
    async (call) => {
      const ctx = testCtx();
      const reason = new Error('stop');
      answers[call] = () => ctx.abort(reason);
      answers['DELETE /containers/hibana-build-1'] = (response) => response.writeHead(204).end();
      const all = async () => {
        await using container = (await start(ctx)).container;
        return await container.ended;
      };
      await expect(all()).rejects.toBe(reason);
      const name = call.endsWith('create') ? 'hibana-build-1' : 'c1';
      expect(names()).toContain(`DELETE /containers/${name}`);
    },
  );
});

describe('createDockerHost() where a container cannot be deleted', () => {
  beforeEach(() => {
    answers['DELETE /containers/c1'] = json(500, { message: 'cannot delete' });
  });

  it('rejects with the reason of an abort', async () => {
    const ctx = testCtx();
    const reason = new Error('stop');
    answers['POST /containers/c1/start'] = () => ctx.abort(reason);
    await expect(start(ctx)).rejects.toBe(reason);
  });

  it('says why it did not start, and ends its connection', async () => {
    answers['POST /containers/c1/start'] = json(500, { message: 'no such program' });
    const ended = new Promise((resolve) => {
      output = (connection) => connection.on('end', resolve);
    });
    await expect(start()).rejects.toMatchObject({
      code: 'CONTAINER_FAILED',
      message: expect.stringContaining('no such program'),
    });
    await ended;
  });
});

describe('openContainers()', () => {
  // Only its digest is looked at before the daemon has answered.
  const image = { image: { descriptor: { digest: `sha256:${'a'.repeat(64)}` } } } as KeptImage;
  const NAMED = `GET /images/localhost/hibana-build:${'a'.repeat(20)}/json`;
  const open = () => {
    answers = { ...answers, 'GET /_ping': (response) => response.end('OK') };
    const env = { DOCKER_HOST: `unix://${socketPath}` };
    return openContainers({ env, scratch: async () => folder }, testCtx());
  };

  it('knows an image that the daemon has', async () => {
    const containers = await open();
    answers = { ...answers, [NAMED]: json(200, { Id: 'sha256:b' }) };
    expect(await containers.load(image, testCtx())).toBe(`localhost/hibana-build:${'a'.repeat(20)}`);
  });

  it('does not take a daemon that fails for one without the image', async () => {
    const containers = await open();
    answers = { ...answers, [NAMED]: json(500, { message: 'disk on fire' }) };
    await expect(containers.load(image, testCtx())).rejects.toMatchObject({
      code: 'CONTAINER_FAILED',
      message: expect.stringContaining('disk on fire'),
    });
  });

  it('ends with its call where a daemon does not answer', async () => {
    const containers = await open();
    answers = { ...answers, [NAMED]: () => {} };
    const ctx = testCtx();
    const reason = new Error('stop');
    setTimeout(() => ctx.abort(reason), 100);
    await expect(containers.load(image, ctx)).rejects.toBe(reason);
  });
});
