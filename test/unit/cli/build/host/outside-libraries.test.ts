import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { neededLibraries } from '../../../../../cli/build/host/needed-libraries.ts';
import { tellOutsideLibraries } from '../../../../../cli/build/host/outside-libraries.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { sharedObject } from '../../../../helpers/shared-object.ts';

let site: string;
beforeEach(async () => {
  site = await mkdtemp(join(tmpdir(), 'hibana-site-'));
});
afterEach(() => rm(site, { recursive: true, force: true }));

/** As an installer leaves it: the files, what it was made for, and the list of them. */
async function install(name: string, tag: string, files: Readonly<Record<string, Buffer>>): Promise<void> {
  const info = `${name}-2.0.dist-info`;
  const all = {
    ...files,
    [`${info}/WHEEL`]: Buffer.from(`Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp312-cp312-${tag}\n`),
    [`${info}/RECORD`]: Buffer.from(
      Object.keys(files)
        .map((path) => `${path},sha256=x,1\n`)
        .join(''),
    ),
  };
  for (const [path, bytes] of Object.entries(all)) {
    await mkdir(dirname(join(site, path)), { recursive: true });
    await writeFile(join(site, path), bytes);
  }
}

async function notices(): Promise<readonly (readonly [string, string | undefined])[]> {
  const ctx = testCtx();
  await tellOutsideLibraries(site, ctx);
  return ctx.events.flatMap((event) =>
    event.type === 'notice' && event.level === 'warning' ? [[event.message, event.hint] as const] : [],
  );
}

const native = sharedObject([
  'libpq.so.5',
  'libc.so.6',
  'libstdc++.so.6',
  'ld-linux-x86-64.so.2',
  'libpython3.12.so.1.0',
]);

describe('tellOutsideLibraries()', () => {
  it('warns of what a package that was built here needs of this machine', async () => {
    await install('psycopg2', 'linux_x86_64', { 'psycopg2/_psycopg.cpython-312-x86_64-linux-gnu.so': native });
    await install('some_db', 'linux_x86_64', { 'some.so': sharedObject(['libz.so.1', 'libpq.so.5']) });
    const there = 'Build with --build-in docker and a builder made by "hibana builder build python-devel"';
    expect(await notices()).toEqual([
      [
        'psycopg2 2.0 is built for this machine and needs libpq.so.5, which the builder may not have',
        `${there}; or ask for psycopg2-binary instead of psycopg2: it comes built`,
      ],
      ['some-db 2.0 is built for this machine and needs libpq.so.5, libz.so.1, which the builder may not have', there],
    ]);
  });

  it.each<[string, string, Readonly<Record<string, Buffer>>]>([
    ['a wheel of an index', 'manylinux_2_17_x86_64', { 'a.so': native }],
    ['what is for every machine', 'any', { 'a.so': native }],
    ['libraries of the set itself', 'linux_x86_64', { 'a.so': native, 'libs/libpq.so.5': sharedObject([]) }],
    ['libraries that every system has', 'linux_x86_64', { 'a.so': sharedObject(['libc.so.6', 'libm.so.6']) }],
    ['what is no library', 'linux_x86_64', { 'a.so': Buffer.from('INPUT(-lpq)') }],
    ['a library that is cut off', 'linux_x86_64', { 'a.so': native.subarray(0, 180) }],
    ['a package without native code', 'linux_x86_64', { 'a.py': native }],
  ])('says nothing of %s', async (_name, tag, files) => {
    await install('psycopg2', tag, files);
    expect(await notices()).toEqual([]);
  });
});

describe('neededLibraries()', () => {
  it('reads what real programs need', async () => {
    expect(await neededLibraries(process.execPath)).toContain('libc.so.6');
  });
});
