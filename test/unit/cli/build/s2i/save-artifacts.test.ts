import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildContainers } from '../../../../../cli/build/s2i/build-container.ts';
import { type ArtifactsRequest, saveArtifacts } from '../../../../../cli/build/s2i/save-artifacts.ts';
import { contentStream } from '../../../../../cli/build/s2i/spool-archive.ts';
import type { LayerEntry } from '../../../../../cli/image/layer-source.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { ShellContainerHost } from '../../../../helpers/shell-container-host.ts';

interface Member {
  readonly path: string;
  readonly content?: string;
  /** Of a hard link. */
  readonly link?: string;
}

let folder: string;
let host: ShellContainerHost;
let containers: BuildContainers;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-saved-'));
  await mkdir(join(folder, 'app'));
  host = new ShellContainerHost(join(folder, 'secrets'));
  containers = {
    start: (spec, onLine) => host.start({ ...spec, command: inFolder(spec.command) }, onLine),
    load: async () => 'previous',
    loadOnce: async () => ({ name: 'previous', [Symbol.asyncDispose]: async () => {} }),
  };
});
afterEach(() => rm(folder, { recursive: true }));

const SAVED = '/tmp/.hibana-artifacts.tar';

/** What the script writes stays in the folder of the test. */
function inFolder(command: readonly string[]): readonly string[] {
  return command.map((word) => word.replace(SAVED, join(folder, 'saved.tar')));
}

function tarOf(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(({ path, content = '', link }) => {
    const block = Buffer.alloc(512);
    const kind = link === undefined ? ({ type: 'File' } as const) : ({ type: 'Link', linkpath: link } as const);
    new Header({ path, ...kind, mode: 0o640, uid: 7, gid: 8, size: content.length }).encode(block);
    const padded = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    padded.write(content);
    return [block, padded];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

function saves(members: readonly Member[]): void {
  const content = tarOf(members).toString('latin1');
  host.archives = { [SAVED]: () => Readable.from([tarOf([{ path: '.hibana-artifacts.tar', content }])]) };
}

function save(script = '', changes: Partial<ArtifactsRequest> = {}, ctx = testCtx()) {
  const request: ArtifactsRequest = {
    script: { kind: 'upload', name: 'save-artifacts', bytes: Buffer.from(`#!/bin/sh\n${script}\n`) },
    // Nobody reads it: the image is there under a name.
    previous: {} as ArtifactsRequest['previous'],
    ...{ destination: join(folder, 'app'), user: '1001', timeoutMs: 20_000, scratch: folder },
    common: { name: 'hibana-build-1', labels: {}, network: 'none', memoryBytes: null, millicores: null },
    ...changes,
  };
  return saveArtifacts(request, containers, ctx);
}

async function shown(entries: readonly LayerEntry[]): Promise<readonly string[]> {
  return Promise.all(
    entries.map(async (entry) => {
      if (entry.kind === 'hardlink') return `${entry.path} = ${entry.target}`;
      if (entry.kind !== 'file') return `${entry.path} ${entry.kind}`;
      return `${entry.path} ${Buffer.concat(await Array.fromAsync(contentStream(entry.content)))}`;
    }),
  );
}

describe('saveArtifacts()', () => {
  it('gives what is in the archive of the script', async () => {
    saves([
      { path: 'a', content: '1' },
      { path: 'b', link: 'a' },
    ]);
    expect(await shown(await save())).toEqual(['artifacts/a 1', 'artifacts/b = artifacts/a']);
    expect(host.started.map(({ isDeleted }) => isDeleted)).toEqual([true]);
  });

  it('makes a file of a hard link to a name that comes later or is not taken', async () => {
    saves([
      { path: 'b', content: '1' },
      { path: 'a', link: 'b' },
      { path: '../c', content: '2' },
      { path: 'd', link: '../c' },
    ]);
    expect(await shown(await save())).toEqual(['artifacts/b 1', 'artifacts/a 1', 'artifacts/d 2']);
  });

  it.each([
    ['a name that deletes', [{ path: '.wh.x', content: '1' }]],
    ['a hard link to nothing', [{ path: 'a', link: 'nowhere' }]],
    [
      'a file that is a folder too',
      [
        { path: 'a', content: '1' },
        { path: 'a/b', content: '1' },
      ],
    ],
  ])('goes on without an archive that has %s, and says so', async (_what, members) => {
    saves(members);
    const ctx = testCtx();
    expect(await save('', {}, ctx)).toEqual([]);
    expect(ctx.events).toContainEqual(expect.objectContaining({ type: 'notice', level: 'warning' }));
  });

  it('goes on without a script that does not end in time, and says so', async () => {
    const ctx = testCtx();
    expect(await save('sleep 600', { timeoutMs: 500 }, ctx)).toEqual([]);
    expect(ctx.events).toContainEqual(expect.objectContaining({ type: 'notice', level: 'warning' }));
    expect(host.started.map(({ isDeleted }) => isDeleted)).toEqual([true]);
  });

  it('rejects with the reason when it is aborted while the script runs', async () => {
    const ctx = testCtx();
    const reason = new Error('stop');
    setTimeout(() => ctx.abort(reason), 300);
    await expect(save('sleep 600', {}, ctx)).rejects.toBe(reason);
    expect(host.started.map(({ isDeleted }) => isDeleted)).toEqual([true]);
  });

  it.each([
    ['1001', '1001'],
    ['', '0'],
  ])('runs it as the user of assemble, whoever the image before would be: "%s"', async (user, asked) => {
    await save('', { user });
    expect(host.started.map(({ spec }) => spec.user)).toEqual([asked]);
  });
});
