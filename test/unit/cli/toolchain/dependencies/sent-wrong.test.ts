import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../../../../../cli/packages/http.ts';
import { readIndexSettings } from '../../../../../cli/packages/index-settings.ts';
import { sentWrong } from '../../../../../cli/toolchain/dependencies/sent-wrong.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

const TINY = { name: 'tiny', version: '1', text: 'tiny==1' };

/** Of an index that answers so for the one file that it lists. */
async function wrongOn(status: number): Promise<readonly string[]> {
  const server = createServer((request, response) => {
    const link = `<a href="/files/tiny-1-py3-none-any.whl#sha256=${'0'.repeat(64)}">tiny-1-py3-none-any.whl</a>`;
    if (request.url === '/simple/tiny/') response.writeHead(200, { 'content-type': 'text/html' }).end(link);
    else response.writeHead(status).end('something else');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const indexUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
  const settings = await readIndexSettings({ indexUrl, caFile: null }, { env: {}, home: '/nowhere' }, testCtx());
  await using http = createHttp(settings);
  const machine = { platform: 'linux', arch: 'x64', libc: null };
  try {
    return (await sentWrong([TINY], { settings, http, machine }, testCtx())).map(({ name }) => name);
  } finally {
    server.close();
  }
}

describe('sentWrong()', () => {
  it('names a package whose file is not what the index says', async () => {
    expect(await wrongOn(200)).toEqual(['tiny']);
  });

  it('says nothing of a file that the index lists and does not have', async () => {
    expect(await wrongOn(404)).toEqual([]);
  });
});
