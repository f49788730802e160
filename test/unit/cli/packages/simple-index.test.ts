import { describe, expect, it } from 'vitest';
import { createHttp, type Http } from '../../../../cli/packages/http.ts';
import { type IndexSettings, readIndexSettings } from '../../../../cli/packages/index-settings.ts';
import { parseSimpleHtml } from '../../../../cli/packages/simple-html.ts';
import { normalizeName, readProject } from '../../../../cli/packages/simple-index.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { sha256, startPackageIndex } from '../../../helpers/package-index.ts';

const bytes = Buffer.from('wheel');

async function client(url: string): Promise<{ readonly settings: IndexSettings; readonly http: Http }> {
  const settings = await readIndexSettings({ indexUrl: url, caFile: null }, { env: {}, home: '/nowhere' }, testCtx());
  return { settings, http: createHttp(settings) };
}

describe('readProject()', () => {
  it.each(['html', 'json'] as const)('reads a page in the form %s', async (form) => {
    await using index = await startPackageIndex({ 'my-app': { 'my_app-1.0-py3-none-any.whl': bytes } }, { form });
    const { settings, http } = await client(index.url);
    await using _ = http;
    expect(await readProject(settings.indexUrl, 'My_App', http, testCtx())).toEqual([
      {
        filename: 'my_app-1.0-py3-none-any.whl',
        url: index.url.replace('/simple', '/files/my_app-1.0-py3-none-any.whl'),
        sha256: sha256(bytes),
        isYanked: false,
        uploadTime: null,
      },
    ]);
  });

  it('gives undefined for a project that is not there', async () => {
    await using index = await startPackageIndex({});
    const { settings, http } = await client(index.url);
    await using _ = http;
    expect(await readProject(settings.indexUrl, 'nothing', http, testCtx())).toBeUndefined();
  });

  it.each([401, 403])('says INDEX_AUTH for %i, with the host and without another try', async (status) => {
    await using index = await startPackageIndex({}, { status });
    const { settings, http } = await client(index.url);
    await using _ = http;
    const error = { code: 'INDEX_AUTH', message: expect.stringContaining(new URL(index.url).host) };
    await expect(readProject(settings.indexUrl, 'x', http, testCtx())).rejects.toMatchObject(error);
    expect(index.requests).toHaveLength(1);
  });

  it('sends the credentials of the URL', async () => {
    await using index = await startPackageIndex({ x: {} }, { login: 'me:s3cret' });
    const { settings, http } = await client(index.url.replace('//', '//me:s3cret@'));
    await using _ = http;
    expect(await readProject(settings.indexUrl, 'x', http, testCtx())).toEqual([]);
  });

  it('says INDEX_UNREACHABLE, the host, and that a first run needs a network, when nobody listens', async () => {
    const index = await startPackageIndex({});
    await index[Symbol.asyncDispose]();
    const { settings, http } = await client(index.url);
    await using _ = http;
    await expect(readProject(settings.indexUrl, 'x', http, testCtx())).rejects.toMatchObject({
      code: 'INDEX_UNREACHABLE',
      message: expect.stringMatching(/"127\.0\.0\.1:\d+": it refuses the connection; the first run needs a network/),
    });
  });

  it('rejects with the reason of an abort', async () => {
    const ctx = testCtx();
    ctx.abort(new Error('stopped'));
    const { settings, http } = await client('http://127.0.0.1:9/simple');
    await using _ = http;
    await expect(readProject(settings.indexUrl, 'x', http, ctx)).rejects.toThrow('stopped');
  });
});

describe('parseSimpleHtml()', () => {
  it('passes over a link that leads nowhere', () => {
    const page = '<a href="http://[">x-1.tar.gz</a><a href="x-2.tar.gz">x-2.tar.gz</a>';
    const files = parseSimpleHtml(page, 'https://index.example/simple/x/');
    expect(files.map(({ filename }) => filename)).toEqual(['x-2.tar.gz']);
  });

  it('understands a base, entities, single quotes and yanked files', () => {
    const html = `<html><head><base href='https://files.example/a/'></head>
      <a data-yanked="bad &lt;one&gt;" href='x%2B1.tar.gz?a=1&amp;b=2#sha256=${'A'.repeat(64)}'>x+1.tar.gz</a>
      <a class="z" >no link</a>`;
    expect(parseSimpleHtml(html, 'https://index.example/simple/x/')).toEqual([
      {
        filename: 'x+1.tar.gz',
        url: 'https://files.example/a/x%2B1.tar.gz?a=1&b=2',
        sha256: 'a'.repeat(64),
        isYanked: true,
        uploadTime: null,
      },
    ]);
  });
});

describe('normalizeName()', () => {
  it.each([
    ['Typing_Extensions', 'typing-extensions'],
    ['a.-_b', 'a-b'],
  ])('%s → %s', (name, normal) => {
    expect(normalizeName(name)).toBe(normal);
  });
});
