import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findConnectServer } from '../../../../../runtime/platform/attach/find-connect-server.ts';
import { makeCertificate } from '../../../../helpers/certificate-authority.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

/** What a server that speaks HTTP/2 without TLS says first: its settings. */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

const folder = mkdtempSync(join(tmpdir(), 'connect-'));
const plain = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.end(SETTINGS);
});
const hangsUp = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', () => socket.destroy());
});
const { key, cert } = makeCertificate(folder);
const secure = createTlsServer({ key, cert });
const mutual = createTlsServer({ key, cert, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' });
mutual.on('tlsClientError', () => {});

const servers = [plain, hangsUp, secure, mutual];

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

beforeAll(async () => {
  for (const server of servers) await listen(server);
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

function at(server: Server, parameters = '', host = '127.0.0.1'): string {
  return `sc://${host}:${(server.address() as AddressInfo).port}${parameters}`;
}

describe('findConnectServer()', () => {
  it.each([
    ['a token', plain, '/;token=abcsecret'],
    ['use_ssl=true', plain, '/;use_ssl=True'],
    ['a token, and the server hangs up', hangsUp, '/;user_id=x;token=abcsecret'],
  ])('tells at once, with %s, that the server does not speak TLS', async (_what, server, parameters) => {
    const failed = await findConnectServer(at(server, parameters), testCtx()).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'MASTER_UNREACHABLE',
      message: expect.stringContaining('it does not speak TLS'),
      hint: expect.stringMatching(/token.*use_ssl=true.*TLS/),
    });
    expect(JSON.stringify(failed)).not.toContain('abcsecret');
  });

  it.each([
    ['whoever signed its certificate', secure],
    ['whatever it asks of its client', mutual],
  ])('takes a server that speaks TLS, %s: that is for the client to judge', async (_what, server) => {
    await expect(findConnectServer(at(server, '/;token=abcsecret'), testCtx())).resolves.toBeUndefined();
  });

  it('says which host it means, as a proxy in front of many servers wants it', async () => {
    const proxy = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (greeting) => {
        if (!greeting.includes('localhost')) return void socket.destroy();
        const inner = connect((secure.address() as AddressInfo).port, '127.0.0.1');
        inner.on('error', () => socket.destroy());
        inner.write(greeting);
        socket.pipe(inner).pipe(socket);
      });
    });
    await listen(proxy);
    await expect(findConnectServer(at(proxy, '/;use_ssl=true', 'localhost'), testCtx())).resolves.toBeUndefined();
    proxy.close();
  });

  it.each([
    ['without a token', '', '127.0.0.1'],
    ['with use_ssl=false', '/;use_ssl=false', '127.0.0.1'],
    ['with a token for localhost', '/;token=abcsecret', 'localhost'],
  ])('asks for no TLS %s, as the client does', async (_what, parameters, host) => {
    await expect(findConnectServer(at(plain, parameters, host), testCtx())).resolves.toBeUndefined();
  });

  it('rejects with the reason when it is aborted amid the greeting', async () => {
    const [ctx, reason] = [testCtx(), new Error('stop')];
    const silent = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => ctx.abort(reason));
    });
    await listen(silent);
    await expect(findConnectServer(at(silent, '/;token=x'), ctx)).rejects.toBe(reason);
    silent.close();
  });
});
