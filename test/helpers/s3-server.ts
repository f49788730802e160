import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';

const MOTO = 'moto[server]==5.1.4';
const UP_WITHIN_MS = 60_000;
const POLL_MS = 200;

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** The access keys by which requests were signed. */
  readonly keys: ReadonlySet<string>;
  /** The names of the objects in a bucket. */
  readonly list: (bucket: string) => Promise<readonly string[]>;
}

/** An S3 server (moto) on 127.0.0.1 with one bucket, behind a relay that sees who signs. moto is installed once, below the temporary folder. */
export async function startS3Server(bucket: string): Promise<S3Server> {
  const [port = 0] = await chooseFreePorts(1);
  const moto = spawn(installMoto(), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ended = once(moto, 'close');
  const target = `http://127.0.0.1:${port}`;
  const keys = new Set<string>();
  const relay = createServer((request, response) => {
    const key = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
    if (key !== undefined) keys.add(key);
    const { method, url, headers } = request;
    const onward = send(`${target}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  await makeBucket(`${target}/${bucket}`);
  return {
    // A TCP server's address is one.
    endpoint: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    keys,
    list: async (name) => {
      const text = await (await fetch(`${target}/${name}`)).text();
      return [...text.matchAll(/<Key>([^<]+)<\/Key>/g)].map((match) => match[1] ?? '');
    },
    [Symbol.asyncDispose]: async () => {
      relay.closeAllConnections();
      await new Promise((resolve) => relay.close(resolve));
      moto.kill();
      await ended;
    },
  };
}

function installMoto(): string {
  const folder = join(tmpdir(), `hibana-test-moto-${process.getuid?.() ?? 0}`);
  const server = join(folder, 'bin', 'moto_server');
  if (!existsSync(server)) {
    execFileSync('python3', ['-m', 'venv', folder]);
    execFileSync(join(folder, 'bin', 'pip'), ['install', '--quiet', MOTO], { stdio: 'ignore' });
  }
  return server;
}

async function makeBucket(url: string): Promise<void> {
  const deadline = Date.now() + UP_WITHIN_MS;
  for (;;) {
    const answer = await fetch(url, { method: 'PUT' }).catch(() => undefined);
    if (answer?.ok === true) return;
    if (Date.now() > deadline) throw new Error(`the S3 server does not answer at ${url}`);
    await pause(POLL_MS);
  }
}
