import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diskCheck, type FolderProbe, writableCheck } from '../../../../cli/doctor/folder-checks.ts';
import { folderProbe } from '../../../../cli/doctor/folder-probe.ts';
import { type IndexProbe, indexCheck } from '../../../../cli/doctor/index-check.ts';
import { portsCheck } from '../../../../cli/doctor/ports-check.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { GIBIBYTE, MEBIBYTE } from '../../../../runtime/core/quantity.ts';
import { testCtx } from '../../../helpers/ctx.ts';

function folder(parts: Partial<FolderProbe>): FolderProbe {
  return { nearest: async (path) => path, isWritable: async () => true, freeBytes: async () => 9 * GIBIBYTE, ...parts };
}

describe('writableCheck()', () => {
  it.each<[string, Partial<FolderProbe>, string, string]>([
    ['a folder that is there', {}, 'ok', '/c'],
    ['one that is not there yet', { nearest: async () => '/' }, 'ok', '/c, will be made'],
    ['a read-only one', { isWritable: async () => false }, 'failure', 'cannot write to /c'],
    [
      'one below a read-only one',
      { nearest: async () => '/', isWritable: async () => false },
      'failure',
      'cannot write to /',
    ],
  ])('judges %s', async (_what, parts, state, detail) => {
    expect(await writableCheck('cache', '/c', folder(parts)).run(testCtx())).toMatchObject({ state, detail });
  });

  it('names the variables that move the folder', async () => {
    const finding = await writableCheck('state', '/s', folder({ isWritable: async () => false })).run(testCtx());
    expect(finding.remedy).toBe('Name a folder you may write to with HIBANA_HOME or XDG_STATE_HOME');
  });
});

describe('diskCheck()', () => {
  it.each([
    [3 * GIBIBYTE, 'ok', '3.0 GiB free for /c'],
    [3 * GIBIBYTE - MEBIBYTE, 'warning', '3.0 GiB free for /c'],
    [GIBIBYTE, 'warning', '1.0 GiB free for /c'],
    [GIBIBYTE - 1, 'failure', '1.0 GiB free for /c'],
    [0, 'failure', '0.0 GiB free for /c'],
  ])('judges %d bytes as %s', async (bytes, state, detail) => {
    const check = diskCheck('cache', '/c', folder({ freeBytes: async () => bytes }));
    expect(await check.run(testCtx())).toMatchObject({ state, detail });
  });
});

describe('folderProbe', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'hibana-doctor-'));
    await writeFile(join(root, 'file'), '');
  });
  afterAll(() => rm(root, { recursive: true }));

  it.each([
    ['', ''],
    ['a/b/c', ''],
    ['file', 'file'],
    ['file/below', 'file'],
  ])('finds near "%s" what is there', async (path, nearest) => {
    expect(await folderProbe.nearest(join(root, path))).toBe(join(root, nearest));
  });

  it('can write to a folder, and not to a file', async () => {
    expect(await folderProbe.isWritable(root)).toBe(true);
    expect(await folderProbe.isWritable(join(root, 'file'))).toBe(false);
  });

  it('sees free bytes', async () => {
    expect(await folderProbe.freeBytes(root)).toBeGreaterThan(0);
  });
});

describe('portsCheck()', () => {
  const range = async () => ({ first: 10_240, last: 32_748 });

  it.each([
    ['every port is free', () => true, 'ok'],
    ['every second is', (port: number) => port % 2 === 0, 'ok'],
    ['nearly none is', (port: number) => port < 12_000, 'warning'],
    ['none of the range is', (port: number) => port === 0, 'failure'],
    ['there is no loopback interface', () => false, 'failure'],
  ])('when %s', async (_what, isFree, state) => {
    const finding = await portsCheck({ range, isFree: async (port) => isFree(port) }).run(testCtx());
    expect(finding.state).toBe(state);
  });

  it('asks for ports of the range alone', async () => {
    const asked: number[] = [];
    const isFree = async (port: number) => asked.push(port) > 0;
    await portsCheck({ range, isFree }).run(testCtx());
    expect(asked.filter((port) => port !== 0 && (port < 10_240 || port > 32_748))).toEqual([]);
  });
});

describe('indexCheck()', () => {
  const unreachable = new ToolError('INDEX_UNREACHABLE', 'Cannot reach the index');

  function index(parts: Partial<IndexProbe>): IndexProbe {
    return { host: async () => 'host', hasSpark: async () => true, isCacheFilled: async () => false, ...parts };
  }

  it.each<[string, Partial<IndexProbe>, string, string]>([
    ['an index that answers', {}, 'ok', 'host answers'],
    ['one without Spark', { hasSpark: async () => false }, 'failure', 'host answers, but has no package "pyspark"'],
    ['none', { hasSpark: () => Promise.reject(unreachable) }, 'failure', 'Cannot reach the index'],
    [
      'none, with a full cache',
      { hasSpark: () => Promise.reject(unreachable), isCacheFilled: async () => true },
      'warning',
      'Cannot reach the index; not needed when the cache is filled, and it is',
    ],
  ])('judges %s', async (_what, parts, state, detail) => {
    expect(await indexCheck(index(parts)).run(testCtx())).toMatchObject({ state, detail });
  });

  it('gives up on an index that is silent', async () => {
    const hasSpark: IndexProbe['hasSpark'] = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    expect(await indexCheck(index({ hasSpark }), 20).run(testCtx())).toMatchObject({
      state: 'failure',
      detail: 'no answer within 0.02 s',
      remedy: expect.stringContaining('--index-url'),
    });
  });
});
