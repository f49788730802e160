import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { surveyBase } from '../../../../cli/builder/survey-base.ts';
import type { LayerEntry } from '../../../../cli/image/layer-source.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { fileEntry, symlinkEntry } from '../../../helpers/layer-sources.ts';
import { MemoryStore } from '../../../helpers/memory-store.ts';
import { addTinyImage } from '../../../helpers/tiny-image.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'cache-'));
});
afterEach(() => rm(cache, { recursive: true }));

const GLIBC = 'junk\0GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.\nCopyright\0';

async function survey(layer: readonly LayerEntry[], env: readonly string[] = []) {
  const store = new MemoryStore();
  const base = await addTinyImage(store, { layers: [layer], config: { Env: env } });
  return surveyBase(base, { store, cache, pid: 1 }, testCtx());
}

it('surveyBase() finds the users, the Python, the libc and the folders of a base', async () => {
  const facts = await survey([
    fileEntry('etc/passwd', 'root:x:0:0::/root:/bin/sh\n'),
    fileEntry('usr/lib/x86_64-linux-gnu/libc.so.6', GLIBC),
    fileEntry('usr/bin/python3.11', 'elf', 0o755),
    symlinkEntry('usr/bin/python3', 'python3.11'),
    fileEntry('usr/bin/git', 'elf', 0o755),
  ]);
  expect(facts).toEqual({
    passwd: 'root:x:0:0::/root:/bin/sh\n',
    pythons: [{ path: '/usr/bin/python3.11', minor: '3.11' }],
    libc: { kind: 'glibc', version: [2, 36] },
    programs: { git: '/usr/bin/git' },
    folders: { etc: { mode: 0o755, uid: 0, gid: 0 }, usr: { mode: 0o755, uid: 0, gid: 0 } },
  });
});

it('surveyBase() puts the Python first that "python3" is, by the PATH of the image', async () => {
  const { pythons } = await survey(
    [
      fileEntry('usr/bin/python3.11', '', 0o755),
      symlinkEntry('usr/bin/python3', 'python3.11'),
      fileEntry('opt/py/bin/python3.12', '', 0o755),
      fileEntry('opt/py/bin/python3.13', '', 0o755),
      symlinkEntry('opt/py/bin/python3', '/opt/py/bin/python3.13'),
      fileEntry('elsewhere/python3.14', '', 0o755),
    ],
    ['PATH=/opt/py/bin:/usr/bin'],
  );
  expect(pythons.map(({ path }) => path)).toEqual([
    '/opt/py/bin/python3.13',
    '/opt/py/bin/python3.12',
    '/usr/bin/python3.11',
  ]);
});

it.each([
  ['a version in the name of the file', [fileEntry('lib/aarch64-linux-gnu/libc-2.31.so', 'x')], 'glibc', [2, 31]],
  ['a folder for 64 bits', [fileEntry('usr/lib64/libc.so.6', GLIBC)], 'glibc', [2, 36]],
  ['musl', [fileEntry('lib/ld-musl-x86_64.so.1', 'x')], 'musl', [1, 2]],
])('surveyBase() finds a libc: %s', async (_, layer, kind, version) => {
  expect((await survey(layer)).libc).toEqual({ kind, version });
});

it('surveyBase() says of an empty base that there is nothing', async () => {
  expect(await survey([])).toEqual({ passwd: null, pythons: [], libc: null, programs: {}, folders: {} });
});

it('surveyBase() reads a base once', async () => {
  const store = new MemoryStore();
  const base = await addTinyImage(store, { layers: [[fileEntry('etc/passwd', 'me')]] });
  const first = await surveyBase(base, { store, cache, pid: 1 }, testCtx());
  const gone = { blob: () => Promise.reject(new Error('read again')) };
  expect(await surveyBase(base, { store: gone, cache, pid: 1 }, testCtx())).toEqual(first);
});
