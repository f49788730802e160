import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../../../cli/packages/http.ts';
import { type IndexOptions, readIndexSettings } from '../../../../cli/packages/index-settings.ts';
import { readProject } from '../../../../cli/packages/simple-index.ts';
import { makeCertificate, type ServerCertificate } from '../../../helpers/certificate-authority.ts';
import { type ConnectProxy, startConnectProxy } from '../../../helpers/connect-proxy.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { type PackageIndex, startPackageIndex } from '../../../helpers/package-index.ts';

type Env = Readonly<Record<string, string>>;

const PASSWORD = 's3cret-Sesame';
let folder: string;
let home: string;
let certificate: ServerCertificate;
let index: PackageIndex;
let proxy: ConnectProxy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-networks-'));
  certificate = makeCertificate(folder);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hibana-networks-home-'));
  index = await startPackageIndex({ tiny: { 'tiny-1-py3-none-any.whl': Buffer.from('x') } }, {}, certificate);
  proxy = await startConnectProxy('clerk:pr0xy-Sesame');
});
afterEach(async () => {
  await Promise.all([index[Symbol.asyncDispose](), proxy[Symbol.asyncDispose](), rm(home, { recursive: true })]);
});

/** Texts in settings stand for what a test only knows when it runs. */
function filled(text: string): string {
  const { host } = new URL(index.url);
  const values: Readonly<Record<string, string>> = { CA: certificate.caFile, FOLDER: join(home, 'authorities') };
  return text
    .replaceAll('$INDEX', index.url)
    .replaceAll('$LOGIN', index.url.replace('//', `//me:${PASSWORD}@`))
    .replaceAll('$HOST', host)
    .replaceAll('$PROXY', proxy.url)
    .replaceAll('$HOME', home)
    .replaceAll(/\$(CA|FOLDER)/g, (_, name: string) => values[name] ?? '');
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), filled(content));
}

async function ask(env: Env, options: Partial<IndexOptions> = {}): Promise<readonly string[]> {
  const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
  const chosen = { indexUrl: null, caFile: null, ...options };
  const settings = await readIndexSettings(chosen, { env: { XDG_CONFIG_DIRS: home, ...own }, home }, testCtx());
  await using http = createHttp(settings);
  return ((await readProject(settings.indexUrl, 'tiny', http, testCtx())) ?? []).map(({ filename }) => filename);
}

const FOUND = ['tiny-1-py3-none-any.whl'];
const BASE: Env = { PIP_INDEX_URL: '$INDEX' };

describe('an index whose authority is not known', () => {
  it('says FILE_UNREADABLE, and that alone, for a file of authorities that is not there', async () => {
    const asked = ask(BASE, { caFile: join(home, 'none.pem') });
    await expect(asked).rejects.toMatchObject({ name: 'ToolError', code: 'FILE_UNREADABLE' });
  });

  it('is refused, naming the option', async () => {
    const hint = expect.stringContaining('--ca-file');
    await expect(ask(BASE)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE', hint });
    expect(index.requests).toEqual([]);
  });

  it.each(['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT', 'NODE_EXTRA_CA_CERTS'])(
    'is trusted by %s',
    async (name) => {
      expect(await ask({ ...BASE, [name]: '$CA' })).toEqual(FOUND);
    },
  );

  it('is trusted by a folder in SSL_CERT_DIR', async () => {
    await put('authorities/corp.pem', await readFile(certificate.caFile, 'utf8'));
    expect(await ask({ ...BASE, SSL_CERT_DIR: '/nowhere:$FOLDER' })).toEqual(FOUND);
  });

  it('is trusted by --ca-file, and by pip.conf', async () => {
    expect(await ask(BASE, { caFile: certificate.caFile })).toEqual(FOUND);
    await put('.config/pip/pip.conf', '[global]\ncert = $CA\n');
    expect(await ask(BASE)).toEqual(FOUND);
  });

  it.each([
    { PIP_TRUSTED_HOST: 'other.example $HOST' },
    { PIP_TRUSTED_HOST: '127.0.0.1' },
    { UV_INSECURE_HOST: '$HOST' },
  ])('is not checked with %j, and with nobody else named', async (env: Env) => {
    expect(await ask({ ...BASE, ...env })).toEqual(FOUND);
    await expect(ask({ ...BASE, PIP_TRUSTED_HOST: 'other.example' })).rejects.toMatchObject({
      code: 'INDEX_UNREACHABLE',
    });
  });
});

describe('an index behind a proxy', () => {
  const trusted: Env = { ...BASE, SSL_CERT_FILE: '$CA' };

  it.each(['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'PIP_PROXY'])('is reached by %s', async (name) => {
    expect(await ask({ ...trusted, [name]: '$PROXY' })).toEqual(FOUND);
    expect(proxy.tunnels).toEqual([new URL(index.url).host]);
  });

  it("is reached by pip.conf's proxy, after every variable", async () => {
    await put('.config/pip/pip.conf', '[global]\nproxy = $PROXY\n');
    expect(await ask(trusted)).toEqual(FOUND);
    expect(proxy.tunnels.length).toBe(1);
    await expect(ask({ ...trusted, HTTPS_PROXY: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'INDEX_UNREACHABLE',
    });
  });

  it.each(['NO_PROXY', 'no_proxy'])('is reached without it where %s says so', async (name) => {
    expect(await ask({ ...trusted, HTTPS_PROXY: '$PROXY', [name]: 'localhost,127.0.0.1' })).toEqual(FOUND);
    expect(proxy.tunnels).toEqual([]);
  });

  it('shows no login of a proxy that refuses it', async () => {
    const wrong = `http://clerk:wr0ng-word@${proxy.host}`;
    const error: unknown = await ask({ ...trusted, HTTPS_PROXY: wrong }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'INDEX_UNREACHABLE' });
    expect(inspect(error, { depth: 10 })).not.toMatch(/wr0ng-word|Y2xlcms6/);
    expect(proxy.refused()).toBeGreaterThan(0);
  });
});

describe('an index that wants a login', () => {
  const trusted: Env = { ...BASE, SSL_CERT_FILE: '$CA' };
  beforeEach(() => {
    index.behaviour.login = `me:${PASSWORD}`;
  });

  it('says INDEX_AUTH without one', async () => {
    await expect(ask(trusted)).rejects.toMatchObject({ code: 'INDEX_AUTH' });
  });

  it.each<readonly [string, Env, Readonly<Record<string, string>>]>([
    ['in its URL', { UV_DEFAULT_INDEX: '$LOGIN' }, {}],
    ['of netrc', {}, { '.netrc': `machine 127.0.0.1 login me password ${PASSWORD}` }],
    ['of the file in NETRC', { NETRC: '$HOME/mine' }, { mine: `machine 127.0.0.1 login me password ${PASSWORD}` }],
    [
      'of a named index',
      { UV_DEFAULT_INDEX: 'my-corp=$INDEX', UV_INDEX_MY_CORP_USERNAME: 'me', UV_INDEX_MY_CORP_PASSWORD: PASSWORD },
      {},
    ],
    [
      'of an index named in uv.toml',
      { PIP_INDEX_URL: '', UV_INDEX_CORP_USERNAME: 'me', UV_INDEX_CORP_PASSWORD: PASSWORD },
      { '.config/uv/uv.toml': '[[index]]\nname = "corp"\nurl = "$INDEX"\ndefault = true\n' },
    ],
    ["of pip.conf's URL", { PIP_INDEX_URL: '' }, { '.config/pip/pip.conf': '[global]\nindex-url = $LOGIN\n' }],
  ])('takes the one %s', async (_what, env, files) => {
    for (const [path, content] of Object.entries(files)) await put(path, content);
    expect(await ask({ ...trusted, ...env })).toEqual(FOUND);
  });

  it('takes a token from a file, for its own host or the one that is named, before everything else', async () => {
    await put('token', `${PASSWORD}\n`);
    await put('.netrc', 'machine 127.0.0.1 login me password old');
    const { host } = new URL(index.url);
    for (const of of [null, host]) {
      const tokens = [{ host: of, file: join(home, 'token'), username: 'me' }];
      expect(await ask(trusted, { tokens })).toEqual(FOUND);
    }
    const elsewhere = [{ host: 'other.example', file: join(home, 'token'), username: 'me' }];
    await expect(ask(trusted, { tokens: elsewhere })).rejects.toMatchObject({ code: 'INDEX_AUTH' });
    const missing = [{ host: null, file: join(home, 'none') }];
    await expect(ask(trusted, { tokens: missing })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('gives the login to nobody to whom the index sends on', async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('<html></html>');
    });
    await new Promise<void>((resolve) => other.listen(0, 'localhost', resolve));
    const { port } = other.address() as AddressInfo;
    const sender = createServer((_request, response) =>
      response.writeHead(302, { location: `http://localhost:${port}/simple/tiny/` }).end(),
    );
    await new Promise<void>((resolve) => sender.listen(0, '127.0.0.1', resolve));
    const own = `127.0.0.1:${(sender.address() as AddressInfo).port}`;
    await ask({ PIP_INDEX_URL: `http://me:${PASSWORD}@${own}/simple` });
    expect(seen).toEqual([undefined]);
    for (const server of [other, sender]) server.close();
  });

  it('is not followed from https to http, and not asked again', async () => {
    let asked = 0;
    const sender = createSecureServer(certificate, (_request, response) => {
      asked += 1;
      response.writeHead(302, { location: 'http://127.0.0.1:9/simple/tiny/?token=s3cret' }).end();
    });
    await new Promise<void>((resolve) => sender.listen(0, '127.0.0.1', resolve));
    const own = `127.0.0.1:${(sender.address() as AddressInfo).port}`;
    const trusted = { PIP_INDEX_URL: `https://${own}/simple`, SSL_CERT_FILE: '$CA' };
    await expect(ask(trusted)).rejects.toMatchObject({
      code: 'INDEX_UNREACHABLE',
      message: `Cannot read the package index at "${own}": it sends on from https to http`,
    });
    expect(asked).toBe(1);
    sender.close();
  });
});
