import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildInDaemon } from '../../../../cli/builder/build-in-daemon.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const line = (value: object): string => `${JSON.stringify(value)}\r\n`;
const BUILT = line({ aux: { ID: 'sha256:1' } });

let folder: string;
let close: () => Promise<void>;
let docker: Docker;
let calls: { readonly call: string; readonly body: Buffer }[];
let answer: (response: ServerResponse) => void;
let isKilled: PromiseWithResolvers<void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-daemon-'));
  calls = [];
  isKilled = Promise.withResolvers();
  const server = createServer(async (request, response) => {
    const call = `${request.method} ${decodeURIComponent(request.url ?? '')}`;
    calls.push({ call, body: await buffer(request).catch(() => Buffer.alloc(0)) });
    if (call.startsWith('POST /build')) return answer(response);
    if (call.includes('/kill')) isKilled.resolve();
    const containers = [
      { Id: 'second', Created: 2 },
      { Id: 'first', Created: 1 },
    ];
    response.end(call.startsWith('GET /containers') ? JSON.stringify(containers) : '');
  });
  const socketPath = join(folder, 'docker.sock');
  server.listen(socketPath);
  await once(server, 'listening');
  docker = new Docker({ socketPath });
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true });
});

const build = (ctx = testCtx()) =>
  buildInDaemon(
    { docker, dockerfile: Buffer.from('FROM x\n'), args: { A: 'b' }, network: 'none', owner: 'run=1' },
    ctx,
  );

describe('buildInDaemon()', () => {
  it('sends the Dockerfile, and gives the containers of its commands in their order', async () => {
    answer = (response) => response.end(line({ stream: 'Step 1\n' }) + BUILT);
    const ctx = testCtx();
    expect((await build(ctx)).map(({ id }) => id)).toEqual(['first', 'second']);
    expect(calls[0]?.call).toContain('buildargs={"A":"b"}');
    expect(calls[0]?.body.toString('latin1')).toContain('FROM x\n');
    expect(ctx.events).toEqual([{ type: 'log', step: 'assemble', line: 'Step 1' }]);
  });

  it.each<[string, (response: ServerResponse) => void, object]>([
    [
      'a command that failed',
      (response) =>
        response.end(
          line({ stream: 'a\nb' }) + line({ stream: 'c\n' }) + line({ errorDetail: { code: 7 }, error: 'x' }),
        ),
      {
        ...{ code: 'BUILDER_FAILED', details: { status: 7, lastLines: ['a', 'bc'] } },
        hint: expect.stringMatching(/--build-network host.*--ca-file/),
      },
    ],
    [
      'what the daemon cannot do',
      (response) => response.end(line({ errorDetail: { message: 'no room' }, error: 'no room' })),
      { code: 'BUILDER_FAILED', message: expect.stringMatching(/: no room$/) },
    ],
    ['an end without a result', (response) => response.end(line({ stream: 'a\n' })), { code: 'BUILDER_FAILED' }],
    [
      'a daemon that goes away',
      (response) => void response.write(line({ stream: 'a\n' }), () => response.destroy()),
      { code: 'DOCKER_UNREACHABLE' },
    ],
    ['a daemon that goes away at once', (response) => response.destroy(), { code: 'DOCKER_UNREACHABLE' }],
    [
      'a daemon that refuses',
      (response) => response.writeHead(400).end('{"message":"no such network"}'),
      { code: 'CONTAINER_FAILED', message: expect.stringContaining('no such network') },
    ],
  ])('says so of %s', async (_name, how, error) => {
    answer = how;
    await expect(build()).rejects.toMatchObject(error);
  });

  it('ends what runs when it is aborted, and itself when the daemon has done with it', async () => {
    const begun = Promise.withResolvers<void>();
    answer = async (response) => {
      response.write(line({ stream: 'begun\n' }));
      begun.resolve();
      await isKilled.promise;
      response.end(line({ errorDetail: { code: 137 }, error: 'killed' }));
    };
    const ctx = testCtx();
    const building = build(ctx);
    await begun.promise;
    const reason = new Error('no longer wanted');
    ctx.abort(reason);
    await expect(building).rejects.toBe(reason);
    expect(calls.map(({ call }) => call)).toContainEqual(expect.stringContaining('POST /containers/first/kill'));
  });
});
