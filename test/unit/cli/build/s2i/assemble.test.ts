import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AssembleRequest, assemble } from '../../../../../cli/build/s2i/assemble.ts';
import type { LayerEntry } from '../../../../../cli/image/layer-source.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { ShellContainerHost } from '../../../../helpers/shell-container-host.ts';

let folder: string;
let host: ShellContainerHost;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-assemble-'));
  await mkdir(join(folder, 'app'));
  host = new ShellContainerHost(join(folder, 'secrets'));
});
afterEach(() => rm(folder, { recursive: true }));

function file(path: string, text: string): LayerEntry {
  const bytes = Buffer.from(text);
  const content = { kind: 'bytes', bytes } as const;
  return { kind: 'file', path: Buffer.from(path), mode: 0o644, uid: 1001, gid: 0, size: bytes.length, content };
}

function requestFor(script: string, changes: Partial<AssembleRequest> = {}): AssembleRequest {
  return {
    image: 'builder',
    contract: { scriptsUrl: null, destination: join(folder, 'app'), assembleUser: null },
    assemble: { kind: 'upload', name: 'assemble', bytes: Buffer.from(`#!/bin/sh\nset -eu\ncd ${folder}\n${script}\n`) },
    alsoUpload: [],
    injected: { uploads: [], paths: [] },
    source: [file('src/app.py', 'print(1)\n'), file('src/lib/x', 'x')],
    buildEnv: {},
    env: {},
    secrets: {},
    name: 'hibana-build-1',
    labels: {},
    memoryBytes: null,
    millicores: null,
    network: 'none',
    deadlineMs: 20_000,
    scratch: folder,
    ...changes,
  };
}

const written = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe('assemble()', () => {
  it('gives the script the source, and deletes its container', async () => {
    const end = await assemble(requestFor('cat app/src/app.py app/src/lib/x > seen'), host, testCtx());
    expect(end).toEqual({ entries: [], labels: {} });
    expect(await written('seen')).toBe('print(1)\nx');
    expect(host.started.map(({ isDeleted }) => isDeleted)).toEqual([true]);
  });

  it('gives it the environment of the image and of the build', async () => {
    await assemble(
      requestFor('echo "$A $B" > seen', { env: { A: '1', B: '2' }, buildEnv: { B: '3' } }),
      host,
      testCtx(),
    );
    expect(await written('seen')).toBe('1 3\n');
  });

  it('gives it secrets byte for byte, which are in no argument and no variable', async () => {
    const secret = Buffer.from([0, 10, 13, 255, 39, 34, 92, 36]);
    const secrets = { token: secret, empty: Buffer.alloc(0), long: Buffer.alloc(300_000, 'x') };
    await assemble(requestFor('cp -r secrets seen', { secrets }), host, testCtx());
    expect(await readFile(join(folder, 'seen', 'token'))).toEqual(secret);
    expect(await readFile(join(folder, 'seen', 'empty'))).toHaveLength(0);
    expect(await readFile(join(folder, 'seen', 'long'))).toHaveLength(300_000);
    expect(JSON.stringify(host.started[0]?.spec)).not.toContain(secret.toString('base64'));
  });

  it('gives the labels that the script left', async () => {
    const metadata = '{"labels":[{"a":"1"}]}';
    const header = new Header({ path: 'image_metadata.json', type: 'File', mode: 0o644, size: metadata.length });
    const block = Buffer.alloc(512);
    header.encode(block);
    const archive = Buffer.concat([block, Buffer.from(metadata.padEnd(512, '\0')), Buffer.alloc(1_024)]);
    host.archives = { '/tmp/.s2i/image_metadata.json': () => Readable.from([archive]) };
    expect(await assemble(requestFor(''), host, testCtx())).toMatchObject({ labels: { a: '1' } });
  });

  it('takes a source larger than any pipe, and one that nobody reads', async () => {
    const source = [file('src/big', 'x'.repeat(5_000_000))];
    await assemble(requestFor('wc -c < app/src/big > seen', { source }), host, testCtx());
    expect((await written('seen')).trim()).toBe('5000000');
    const unread = requestFor('', {
      source,
      contract: { scriptsUrl: null, destination: '/nowhere', assembleUser: null },
    });
    await expect(assemble(unread, host, testCtx())).rejects.toMatchObject({ code: 'ASSEMBLE_FAILED' });
  });

  it('fails with the status and the last twenty lines of the script', async () => {
    const failing = assemble(requestFor('for i in $(seq 30); do echo line $i; done; exit 42'), host, testCtx());
    await expect(failing).rejects.toMatchObject({
      ...{ code: 'ASSEMBLE_FAILED', exitCode: 4, details: { status: 42 } },
      hint: expect.stringMatching(/--build-network host.*--ca-file/),
    });
    const lines = await failing.catch((error) => error.details.lastLines);
    expect(lines).toEqual(Array.from({ length: 20 }, (_, index) => `line ${index + 11}`));
    expect(host.started.map(({ isDeleted }) => isDeleted)).toEqual([true]);
  });

  it('ends a script that does not, and what it has started', async () => {
    const request = requestFor('sleep 600 & sleep 600', { deadlineMs: 500 });
    await expect(assemble(request, host, testCtx())).rejects.toMatchObject({ code: 'ASSEMBLE_TIMEOUT' });
    expect(host.started.map(({ isDeleted }) => isDeleted)).toEqual([true]);
  });

  it.each([
    ['while it runs', 'sleep 600', 5],
    ['while it takes the source', 'sleep 600', 20_000_000],
  ])('rejects with the reason when it is aborted %s', async (_when, script, size) => {
    const ctx = testCtx();
    const reason = new Error('stop');
    setTimeout(() => ctx.abort(reason), 300);
    const source = [file('src/big', 'x'.repeat(size))];
    const contract = { scriptsUrl: null, destination: size > 5 ? '/nowhere' : join(folder, 'app'), assembleUser: null };
    const slow =
      size > 5 ? requestFor(script, { source, contract, secrets: { a: Buffer.alloc(size) } }) : requestFor(script);
    await expect(assemble(slow, host, ctx)).rejects.toBe(reason);
    expect(host.started.map(({ isDeleted }) => isDeleted)).toEqual([true]);
  });
});
