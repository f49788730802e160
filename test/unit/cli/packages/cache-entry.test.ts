import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withCacheEntry } from '../../../../cli/packages/cache-entry.ts';
import { withLock } from '../../../../cli/packages/lock.ts';
import { testCtx } from '../../../helpers/ctx.ts';

let root: string;
let cache: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hibana-cache-'));
  cache = join(root, 'cache');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const entryIn = (folder: string) =>
  ({ cache: folder, key: 'thing/1', what: 'a thing', step: 'toolchain', pid: 1 }) as const;
const makeFile = (dir: string) => writeFile(join(dir, 'file'), 'content');
const failing = (code: string) => async (dir: string) => {
  await makeFile(dir);
  throw Object.assign(new Error(code), { code });
};

function startMaker(milliseconds: number): ChildProcess {
  const script = join(import.meta.dirname, 'make-entry.ts');
  return spawn(process.execPath, [script, cache, join(root, 'log'), String(milliseconds)], { stdio: 'inherit' });
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(20);
}

const partsOf = async (folder: string) => (await readdir(folder).catch(() => [])).filter((name) => name !== '1');

describe('withCacheEntry()', () => {
  it('makes an entry once and gives its folder', async () => {
    let made = 0;
    const make = async (dir: string) => {
      made += 1;
      await makeFile(dir);
    };
    const path = await withCacheEntry(entryIn(cache), make, testCtx());
    expect(await withCacheEntry(entryIn(cache), make, testCtx())).toBe(path);
    expect(await readFile(join(path, 'file'), 'utf8')).toBe('content');
    expect(made).toBe(1);
  });

  it.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EROFS', 'FOLDER_READ_ONLY'],
    ['EACCES', 'FOLDER_READ_ONLY'],
  ])('says %s as %s and leaves nothing that is used', async (errno, code) => {
    const result = withCacheEntry(entryIn(cache), failing(errno), testCtx());
    await expect(result).rejects.toMatchObject({ code, message: expect.stringContaining(cache) });
    expect(await readdir(join(cache, 'thing'))).toEqual([]);
    await withCacheEntry(entryIn(cache), makeFile, testCtx());
    expect(await readdir(join(cache, 'thing', '1'))).toEqual(['file']);
  });

  it('says FOLDER_READ_ONLY where the cache cannot be, as under the home of a system user', async () => {
    const result = withCacheEntry(entryIn('/dev/null/.cache/hibana'), makeFile, testCtx());
    await expect(result).rejects.toMatchObject({ code: 'FOLDER_READ_ONLY' });
  });

  it('writes nothing where the entry is there', async () => {
    const path = await withCacheEntry(entryIn(cache), makeFile, testCtx());
    await rm(join(cache, 'locks'), { recursive: true });
    await chmod(cache, 0o500);
    expect(await withCacheEntry(entryIn(cache), makeFile, testCtx())).toBe(path);
    expect(await readdir(cache)).toEqual(['thing']);
  });

  it('removes what a killed maker left, and nothing else', async () => {
    const folder = join(cache, 'thing');
    await mkdir(join(folder, '.1.0a0b.part'), { recursive: true });
    await mkdir(join(folder, '.10.0a0b.part'));
    await withCacheEntry(entryIn(cache), makeFile, testCtx());
    expect(await partsOf(folder)).toEqual(['.10.0a0b.part']);
  });

  it('leaves nothing when it is aborted while it makes', async () => {
    const ctx = testCtx();
    const make = async (dir: string) => {
      await makeFile(dir);
      ctx.abort(new Error('stopped'));
    };
    await expect(withCacheEntry(entryIn(cache), make, ctx)).rejects.toThrow('stopped');
    expect(await readdir(join(cache, 'thing'))).toEqual([]);
  });

  it('is made by one of two processes at once', async () => {
    const makers = [startMaker(600), startMaker(600)];
    const ends = await Promise.all(makers.map((maker) => once(maker, 'exit')));
    expect(ends.map(([status]) => status)).toEqual([0, 0]);
    expect(await readFile(join(root, 'log'), 'utf8')).toBe('made\n');
    expect((await readdir(join(cache, 'thing', '1'))).toSorted()).toEqual(['first', 'second']);
  });

  it('is made again by a maker whose work was removed while it was stopped', async () => {
    let tries = 0;
    const make = async (dir: string) => {
      tries += 1;
      // What another process does that takes over the lock.
      if (tries === 1) await rm(dir, { recursive: true });
      await makeFile(dir);
    };
    const path = await withCacheEntry(entryIn(cache), make, testCtx());
    expect(await readdir(path)).toEqual(['file']);
  });

  it('gives up when its work is removed again and again', async () => {
    const make = async (dir: string) => {
      await rm(dir, { recursive: true });
      await makeFile(dir);
    };
    await expect(withCacheEntry(entryIn(cache), make, testCtx())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is never the half of a maker that was killed; the next one makes it whole', { timeout: 30_000 }, async () => {
    const maker = startMaker(60_000);
    await until(async () => (await partsOf(join(cache, 'thing'))).length > 0);
    maker.kill('SIGKILL');
    await once(maker, 'exit');
    expect(await readdir(join(cache, 'thing'))).not.toContain('1');
    await withCacheEntry(entryIn(cache), makeFile, testCtx());
    expect(await readdir(join(cache, 'thing', '1'))).toEqual(['file']);
    expect(await partsOf(join(cache, 'thing'))).toEqual([]);
  });
});

describe('withLock()', () => {
  it('gives up after its deadline and says who holds the lock', async () => {
    const lock = { path: join(cache, 'lock'), holder: 'process 4711', what: 'wait', step: 'toolchain' } as const;
    await withLock(
      lock,
      async () => {
        const second = withLock({ ...lock, deadlineMs: 300 }, async () => {}, testCtx());
        await expect(second).rejects.toMatchObject({
          code: 'LOCK_TIMEOUT',
          message: expect.stringContaining('process 4711'),
        });
      },
      testCtx(),
    );
  });

  it('is free again after an error', async () => {
    const lock = { path: join(cache, 'lock'), holder: 'x', what: 'wait', step: 'toolchain' } as const;
    await expect(withLock(lock, () => Promise.reject(new Error('no')), testCtx())).rejects.toThrow('no');
    expect(await withLock(lock, async () => 'free', testCtx())).toBe('free');
  });
});
