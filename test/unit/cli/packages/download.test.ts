import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { downloadStream, type RemoteFile } from '../../../../cli/packages/download.ts';
import { createHttp } from '../../../../cli/packages/http.ts';
import { readIndexSettings } from '../../../../cli/packages/index-settings.ts';
import { type TestCtx, testCtx } from '../../../helpers/ctx.ts';
import { type IndexBehaviour, type PackageIndex, sha256, startPackageIndex } from '../../../helpers/package-index.ts';

const NAME = 'big-1.tar.gz';
const bytes = Buffer.alloc(300_000, 'hibana');

function startIndex(behaviour: Partial<IndexBehaviour>): Promise<PackageIndex> {
  return startPackageIndex({ big: { [NAME]: bytes } }, behaviour);
}

async function download(index: PackageIndex, ctx: TestCtx = testCtx(), expected = sha256(bytes)): Promise<Buffer> {
  const options = { indexUrl: index.url, caFile: null };
  const settings = await readIndexSettings(options, { env: {}, home: '/nowhere' }, ctx);
  await using http = createHttp(settings, { silenceMs: 300 });
  const file: RemoteFile = { filename: NAME, url: index.url.replace('/simple', `/files/${NAME}`), sha256: expected };
  return await buffer(downloadStream(file, { http, step: 'toolchain', retryWaitsMs: [1, 1] }, ctx));
}

describe('downloadStream()', () => {
  it.each([true, false])('goes on after cut connections (server knows ranges: %s)', async (knowsRanges) => {
    await using index = await startIndex({ cut: { afterBytes: 70_000, times: 2 }, knowsRanges });
    expect((await download(index)).equals(bytes)).toBe(true);
    expect(index.downloads()).toBe(3);
  });

  it('gives up when the server is cut off again and again without a byte', async () => {
    await using index = await startIndex({ cut: { afterBytes: 0, times: 99 } });
    await expect(download(index)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
    expect(index.downloads()).toBe(3);
  });

  it('gives up on a server that goes silent', async () => {
    await using index = await startIndex({ stallAfterBytes: 0 });
    await expect(download(index)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  });

  it('ends with HASH_MISMATCH when the bytes are others, naming file and host', async () => {
    await using index = await startIndex({});
    await expect(download(index, testCtx(), '0'.repeat(64))).rejects.toMatchObject({
      code: 'HASH_MISMATCH',
      message: expect.stringMatching(/"big-1\.tar\.gz" from "127\.0\.0\.1:/),
    });
    expect(index.downloads()).toBe(1);
  });

  it('does not try again what was refused', async () => {
    await using index = await startIndex({ login: 'a:b' });
    await expect(download(index)).rejects.toMatchObject({ code: 'INDEX_AUTH' });
    expect(index.downloads()).toBe(1);
  });

  it('says how many bytes of how many, at most four times a second', async () => {
    let now = 0;
    const ctx = testCtx(() => {
      now += 100;
      return now;
    });
    await using index = await startIndex({});
    await download(index, ctx);
    const events = ctx.events.filter((event) => event.type === 'step-progress');
    expect(events.at(-1)).toEqual({
      ...{ type: 'step-progress', step: 'toolchain', doing: `fetches ${NAME}` },
      ...{ bytes: bytes.length, totalBytes: bytes.length },
    });
    expect(events.length).toBeLessThanOrEqual(Math.ceil(now / 250) + 2);
  });

  it('stops on abort with its reason', async () => {
    await using index = await startIndex({ stallAfterBytes: 1_000 });
    const ctx = testCtx();
    const result = download(index, ctx);
    setTimeout(() => ctx.abort(new Error('stopped')), 50);
    await expect(result).rejects.toThrow('stopped');
  });
});
