import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorizationFor, withCredentials } from '../../../../cli/packages/credentials.ts';
import { readIndexSettings } from '../../../../cli/packages/index-settings.ts';
import { parseNetrc } from '../../../../cli/packages/netrc.ts';
import { parsePipConfig } from '../../../../cli/packages/pip-config.ts';
import { testCtx } from '../../../helpers/ctx.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hibana-settings-'));
});
afterEach(() => rm(home, { recursive: true }));

const read = (env: Readonly<Record<string, string>>, indexUrl: string | null = null) =>
  readIndexSettings({ indexUrl, caFile: null }, { env, home }, testCtx());

async function write(path: string, content: string): Promise<string> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), content);
  return join(home, path);
}

describe('readIndexSettings()', () => {
  it('takes a password with a "%" that begins no escape as it is', async () => {
    const { credentials } = await read({ PIP_INDEX_URL: 'https://me:100%@index.example/simple' });
    expect(credentials.get('index.example')).toEqual({ user: 'me', password: '100%' });
  });

  it('takes the first that somebody set: option, uv, pip, pip.conf', async () => {
    await write('.config/pip/pip.conf', '[global]\nindex-url = https://conf/simple\n');
    const pip = { PIP_INDEX_URL: 'https://pip/simple' };
    const uv = { ...pip, UV_INDEX_URL: 'https://uv-old/simple' };
    const both = { ...uv, UV_DEFAULT_INDEX: 'https://uv/simple/' };
    expect((await read({})).indexUrl).toBe('https://conf/simple');
    expect((await read(pip)).indexUrl).toBe('https://pip/simple');
    expect((await read(uv)).indexUrl).toBe('https://uv-old/simple');
    expect((await read(both)).indexUrl).toBe('https://uv/simple');
    expect((await read(both, 'https://option/simple')).indexUrl).toBe('https://option/simple');
  });

  it('has a default over https when nobody says anything', async () => {
    const settings = await read({ PIP_CONFIG_FILE: '/dev/null' });
    expect(settings.isOwn).toBe(false);
    expect(settings.indexUrl).toMatch(/^https:\/\/.+\/simple$/);
  });

  it('keeps credentials out of every URL and gives them to their own host alone', async () => {
    const settings = await read({
      PIP_INDEX_URL: 'https://me:s3%40cret@index.example/simple',
      PIP_EXTRA_INDEX_URL: 'https://you:other@extra.example/simple',
    });
    expect(JSON.stringify(settings.indexUrl + settings.extraUrls)).not.toMatch(/s3|other/);
    const header = (url: string) => authorizationFor(new URL(url), settings.credentials);
    expect(header('https://index.example/x')).toBe(`Basic ${Buffer.from('me:s3@cret').toString('base64')}`);
    expect(header('https://files.example/x')).toBeUndefined();
    expect(withCredentials('https://index.example/simple', settings.credentials)).toBe(
      'https://me:s3%40cret@index.example/simple',
    );
  });

  it('reads netrc, whose default entry is for nobody', async () => {
    await write('.netrc', 'machine index.example login me password s3cret\ndefault login x password y\n');
    const settings = await read({ PIP_INDEX_URL: 'https://index.example:8443/simple' });
    expect(authorizationFor(new URL('https://index.example:8443/a'), settings.credentials)).toBeDefined();
    expect(authorizationFor(new URL('https://else.example/a'), settings.credentials)).toBeUndefined();
  });

  it.each(['ftp://host/simple', 'not a url', 'file:///simple'])('refuses %s', async (url) => {
    await expect(read({ PIP_INDEX_URL: url })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('parsePipConfig()', () => {
  it('joins continued lines, prefers [install], passes over other sections and comments', () => {
    const text = [
      '# note',
      '[install]',
      'find-links =',
      '    /one',
      '    /two',
      '[global]',
      'index_url: https://a/simple',
      'find-links = /three',
      '[list]',
      'index-url = https://wrong/simple',
    ].join('\n');
    expect(Object.fromEntries(parsePipConfig(text))).toEqual({
      'find-links': '/one /two',
      'index-url': 'https://a/simple',
    });
  });
});

describe('parseNetrc()', () => {
  it('reads entries over several lines', () => {
    expect(parseNetrc('machine a\n  login b\n  password c\nmachine d login e password f').get('d')).toEqual({
      user: 'e',
      password: 'f',
    });
  });
});
