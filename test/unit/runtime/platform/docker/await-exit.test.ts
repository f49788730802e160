import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { awaitExit } from '../../../../../runtime/platform/docker/await-exit.ts';

/** As a daemon answers: the head at once, the status when there is one. */
let folder: string;
let server: Server;
let asked: PromiseWithResolvers<ServerResponse>;
let state: { readonly Running: boolean; readonly ExitCode: number };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-await-exit-'));
  asked = Promise.withResolvers();
  server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!request.url?.includes('/wait')) return response.end(JSON.stringify({ State: state }));
    response.flushHeaders();
    return asked.resolve(response);
  }).listen(join(folder, 'socket'));
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const begin = async () => {
  const output = Promise.withResolvers<void>();
  const container = new Docker({ socketPath: join(folder, 'socket') }).getContainer('driver');
  const exit = awaitExit({ container, outputEnd: output.promise, seenWithinMs: 50 });
  exit.catch(() => {});
  return { exit, endOutput: output.resolve, answer: await asked.promise };
};

it('awaitExit() gives the status that the daemon tells', async () => {
  const { exit, answer } = await begin();
  answer.end(JSON.stringify({ StatusCode: 3 }));
  expect(await exit).toBe(3);
});

it('awaitExit() does not wait for a daemon that was killed', async () => {
  const { exit, endOutput, answer } = await begin();
  answer.destroy();
  server.closeAllConnections();
  server.close();
  endOutput();
  await expect(exit).rejects.toMatchObject({ code: 'DOCKER_UNREACHABLE' });
});

it('awaitExit() looks itself where the answer was broken off', async () => {
  state = { Running: false, ExitCode: 5 };
  const { exit, endOutput, answer } = await begin();
  answer.destroy();
  endOutput();
  expect(await exit).toBe(5);
});

it('awaitExit() goes on waiting for a program that has closed its output', async () => {
  state = { Running: true, ExitCode: 0 };
  const { exit, endOutput, answer } = await begin();
  endOutput();
  await pause(150);
  answer.end(JSON.stringify({ StatusCode: 4 }));
  expect(await exit).toBe(4);
});
