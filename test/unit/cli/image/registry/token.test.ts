import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ImageStore } from '../../../../../cli/image/image-store.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import type { Script, ScriptedReply, ScriptedRequest } from '../../../../helpers/scripted-server.ts';
import { BYTES, blobOf, DIGEST, TAKES_UPLOADS, type TestedOptions, testRegistry, UPLOAD, UPLOADS } from './harness.ts';

const PASSWORD = 'Sesame-1';
const LOGIN = { $HOST: { auth: Buffer.from(`me:${PASSWORD}`).toString('base64') } };
const HEAD = 'HEAD /v2/app/manifests/v1';
const FOUND = { status: 200, headers: { 'docker-content-digest': DIGEST } };

const challenge = (value: string): ScriptedReply => ({ status: 401, headers: { 'www-authenticate': value } });
const resolve = (store: ImageStore, ctx = testCtx()) => store.resolve('v1', ctx);

/** A registry with a token server of its own, which gives `token-1`, `token-2`, …; only these in `good` are taken. */
function withTokens(script: Script, give: (request: ScriptedRequest, count: number) => ScriptedReply = tokenReply) {
  let count = 0;
  const bearer = (request: ScriptedRequest): ScriptedReply =>
    challenge(`Bearer realm="http://${request.headers.host}/token",service="a registry"`);
  const answer = (request: ScriptedRequest): ScriptedReply => {
    count += 1;
    return give(request, count);
  };
  return { 'GET /v2/': bearer, 'GET /token': answer, 'POST /token': answer, ...script };
}

function tokenReply(_: ScriptedRequest, count: number): ScriptedReply {
  return { status: 200, body: JSON.stringify({ token: `token-${count}`, expires_in: 300 }) };
}

const needs = (token: string, then: ScriptedReply | number) => (request: ScriptedRequest) =>
  request.headers.authorization === `Bearer ${token}` ? then : 401;
const tokenRequests = (requests: readonly ScriptedRequest[]) => requests.filter(({ url }) => url.startsWith('/token'));
const scopes = (request: ScriptedRequest | undefined) =>
  new URL(request?.url ?? '', 'http://x').searchParams.getAll('scope');

describe('a registry with a token server', () => {
  it('is asked with a token that the login got, and the login goes to the token server alone', async () => {
    await using tested = await testRegistry(withTokens({ [HEAD]: needs('token-1', FOUND) }), { auths: LOGIN });
    expect(await resolve(tested.store)).toBe(DIGEST);
    const [ping, token, head] = tested.server.requests.slice(-3);
    expect(ping?.headers.authorization).toBeUndefined();
    expect(token?.url).toBe('/token?service=a+registry&scope=repository%3Aapp%3Apull');
    expect(token?.headers.authorization).toBe(`Basic ${LOGIN.$HOST.auth}`);
    expect(head?.headers.authorization).toBe('Bearer token-1');
  });

  it('is asked without a login where nobody is logged in', async () => {
    await using tested = await testRegistry(withTokens({ [HEAD]: needs('token-1', FOUND) }));
    expect(await resolve(tested.store)).toBe(DIGEST);
    expect(tokenRequests(tested.server.requests)[0]?.headers.authorization).toBeUndefined();
  });

  it('gets one token for calls side by side', async () => {
    await using tested = await testRegistry(withTokens({ [HEAD]: needs('token-1', FOUND) }));
    await Promise.all(Array.from({ length: 8 }, () => resolve(tested.store)));
    expect(tokenRequests(tested.server.requests)).toHaveLength(1);
    expect(tested.server.calls().filter((call) => call === 'GET /v2/')).toHaveLength(1);
  });

  it('gets another token for those that go on when the call that asked is aborted', async () => {
    const first = testCtx();
    const give = (request: ScriptedRequest, count: number): ScriptedReply => {
      if (count === 1) first.abort(new Error('no longer wanted'));
      return count === 1 ? { status: 200, isSilent: true } : tokenReply(request, count);
    };
    await using tested = await testRegistry(withTokens({ [HEAD]: needs('token-2', FOUND) }, give));
    const [aborted, other] = await Promise.allSettled([resolve(tested.store, first), resolve(tested.store)]);
    expect(aborted).toMatchObject({ status: 'rejected', reason: { message: 'no longer wanted' } });
    expect(other).toMatchObject({ status: 'fulfilled', value: DIGEST });
  });

  it('takes access_token for token', async () => {
    const give = () => ({ status: 200, body: '{"access_token":"other"}' });
    await using tested = await testRegistry(withTokens({ [HEAD]: needs('other', FOUND) }, give));
    expect(await resolve(tested.store)).toBe(DIGEST);
  });

  it('gets a new token before the old one expires', async () => {
    const script = { [HEAD]: [FOUND, FOUND, FOUND] };
    await using tested = await testRegistry(withTokens(script));
    let now = 1_000_000;
    const ctx = testCtx(() => now);
    await resolve(tested.store, ctx);
    now += 200_000;
    await resolve(tested.store, ctx);
    expect(tokenRequests(tested.server.requests)).toHaveLength(1);
    now += 95_000;
    await resolve(tested.store, ctx);
    expect(tokenRequests(tested.server.requests)).toHaveLength(2);
  });

  it('gets a new token when the old one has expired for the registry', async () => {
    let good = 'token-1';
    const script: Script = { [HEAD]: (request) => needs(good, FOUND)(request) };
    await using tested = await testRegistry(withTokens(script));
    await resolve(tested.store);
    good = 'token-2';
    expect(await resolve(tested.store)).toBe(DIGEST);
  });

  it('sends the bytes again when the token expires before they arrive', async () => {
    const script: Script = {
      ...TAKES_UPLOADS,
      [`PUT ${UPLOAD}`]: (request) => (request.headers.authorization === 'Bearer token-2' ? 201 : 401),
    };
    await using tested = await testRegistry(withTokens(script), { access: 'push' });
    const blob = blobOf();
    expect(await tested.store.putBlob(blob, testCtx())).toBe('uploaded');
    expect(tested.server.requests.at(-1)?.body.length).toBe(BYTES.length);
    expect(blob.opened()).toBe(1);
  });

  it("asks for the challenge's scope first when that of the request does not do", async () => {
    const wanted = 'repository:app:pull,delete';
    const script: Script = {
      [HEAD]: (request) =>
        request.headers.authorization === 'Bearer token-2'
          ? FOUND
          : challenge(
              `Bearer realm="http://${request.headers.host}/token",scope="${wanted}",error="insufficient_scope"`,
            ),
    };
    await using tested = await testRegistry(withTokens(script), { access: 'push' });
    expect(await resolve(tested.store)).toBe(DIGEST);
    expect(tokenRequests(tested.server.requests).map(scopes)).toEqual([
      ['repository:app:push,pull'],
      [wanted, 'repository:app:push,pull'],
    ]);
  });

  it('is asked once only without a token when it says later that it wants one', async () => {
    const script: Script = {
      'GET /v2/': 200,
      [HEAD]: (request) =>
        request.headers.authorization === 'Bearer token-1'
          ? FOUND
          : challenge(`Bearer realm="http://${request.headers.host}/token"`),
    };
    await using tested = await testRegistry(withTokens(script));
    for (const _ of ['once', 'again']) expect(await resolve(tested.store)).toBe(DIGEST);
    expect(tested.server.calls()).toEqual(['GET /v2/', HEAD, 'GET /token', HEAD, HEAD]);
  });

  it('gives up after a few tokens that do not do', async () => {
    await using tested = await testRegistry(withTokens({ [HEAD]: 401, 'GET /v2/app/manifests/v1': 401 }));
    await expect(resolve(tested.store)).rejects.toMatchObject({ code: 'REGISTRY_AUTH', exitCode: 5 });
    expect(tokenRequests(tested.server.requests)).toHaveLength(3);
  });
});

describe('a registry that takes both', () => {
  it('is asked with a token, in whatever order it says so', async () => {
    const both = ({ headers }: ScriptedRequest) => ({
      status: 401,
      headers: { 'www-authenticate': ['Basic realm="x"', `Bearer realm="http://${headers.host}/token"`] },
    });
    const script = { ...withTokens({ [HEAD]: needs('token-1', FOUND) }), 'GET /v2/': both };
    await using tested = await testRegistry(script, { auths: LOGIN });
    expect(await resolve(tested.store)).toBe(DIGEST);
  });
});

describe('a push with a mount', () => {
  const mountFrom = (registry: string) => [{ registry, repository: 'base' }];
  const options = (registry: string): TestedOptions => ({ access: 'push', mountFrom: mountFrom(registry) });

  it('asks for push on the target first, then for pull on the source, with one token', async () => {
    // The port is known only when the server runs: the name of this machine is a registry of its own.
    await using tested = await testRegistry(withTokens({ ...TAKES_UPLOADS, [`POST ${UPLOADS}`]: 201 }));
    const { createRegistries } = await import('../../../../../cli/image/registry/registries.ts');
    await using registries = createRegistries({ env: {}, home: '/nonexistent' });
    const registry = tested.server.host;
    const store = registries.store({ registry, repository: 'app' }, options(registry));
    const source = { registry, repository: 'base', tag: null, digest: null };
    expect(await store.putBlob(blobOf(BYTES, { mountFrom: source }), testCtx())).toBe('mounted');
    const asked = tokenRequests(tested.server.requests);
    expect(asked.map(scopes)).toEqual([['repository:app:push,pull', 'repository:base:pull']]);
  });

  it('is for the target alone when the token server refuses the source', async () => {
    const give = (request: ScriptedRequest, count: number) =>
      scopes(request).length > 1 ? { status: 401 } : tokenReply(request, count);
    await using tested = await testRegistry(
      withTokens(
        {
          ...TAKES_UPLOADS,
          [`POST ${UPLOADS}`]: ({ url }) =>
            url.includes('mount') ? 401 : { status: 202, headers: { location: UPLOAD } },
        },
        give,
      ),
    );
    const { createRegistries } = await import('../../../../../cli/image/registry/registries.ts');
    await using registries = createRegistries({ env: {}, home: '/nonexistent' });
    const registry = tested.server.host;
    const store = registries.store({ registry, repository: 'app' }, options(registry));
    const source = { registry, repository: 'base', tag: null, digest: null };
    expect(await store.putBlob(blobOf(BYTES, { mountFrom: source }), testCtx())).toBe('uploaded');
    expect(await store.putBlob(blobOf(Buffer.from('more'), { mountFrom: source }), testCtx())).toBe('uploaded');
  });
});

describe('other ways to log in', () => {
  it('an identity token is sent in a form, and never in the URL', async () => {
    const auths = { $HOST: { identitytoken: PASSWORD } };
    await using tested = await testRegistry(withTokens({ [HEAD]: needs('token-1', FOUND) }), { auths, access: 'push' });
    expect(await resolve(tested.store)).toBe(DIGEST);
    const [asked] = tokenRequests(tested.server.requests);
    expect(asked).toMatchObject({ method: 'POST', url: '/token' });
    expect(asked?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(asked?.body.toString()))).toEqual({
      grant_type: 'refresh_token',
      service: 'a registry',
      client_id: 'hibana',
      scope: 'repository:app:push,pull',
      refresh_token: PASSWORD,
    });
  });

  it('a registry token is sent as it is', async () => {
    const auths = { $HOST: { registrytoken: PASSWORD } };
    await using tested = await testRegistry(withTokens({ [HEAD]: needs(PASSWORD, FOUND) }), { auths });
    expect(await resolve(tested.store)).toBe(DIGEST);
    expect(tokenRequests(tested.server.requests)).toEqual([]);
  });

  it('a password is sent to a registry that asks for it', async () => {
    const basic = `Basic ${LOGIN.$HOST.auth}`;
    const script: Script = {
      'GET /v2/': challenge('Basic realm="x"'),
      [HEAD]: ({ headers }) => (headers.authorization === basic ? FOUND : challenge('Basic realm="x"')),
    };
    await using tested = await testRegistry(script, { auths: LOGIN });
    expect(await resolve(tested.store)).toBe(DIGEST);
  });

  it.each([
    ['the wrong one', { $HOST: { username: 'me', password: PASSWORD } }],
    ['none', {}],
  ])('%s is refused at once, and told to nobody', async (_, auths) => {
    const refuses = challenge('Basic realm="x"');
    await using tested = await testRegistry({ 'GET /v2/': refuses, [HEAD]: refuses }, { auths });
    const error = await resolve(tested.store).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REGISTRY_AUTH', hint: expect.stringContaining('docker login') });
    expect(inspect(error, { depth: 9 })).not.toMatch(/Sesame|Basic/);
    expect(tested.server.requests.length).toBeLessThan(4);
  });
});

describe('a token server', () => {
  const bearer = (realm: string): ScriptedReply => challenge(`Bearer realm="${realm}"`);

  it.each([
    ['on the link of a cloud', 'http://169.254.169.254/token'],
    ['that is no URL', 'token'],
    ['that is a file', 'file:///etc/passwd'],
  ])('%s is not asked', async (_, realm) => {
    await using tested = await testRegistry({ 'GET /v2/': bearer(realm) }, { auths: LOGIN });
    await expect(resolve(tested.store)).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
  });

  it('gets no login behind a redirect to another host', async () => {
    await using thief = await testRegistry({
      'GET /token': { status: 200, body: '{"token":"x"}' },
      'POST /token': 200,
    });
    for (const auths of [LOGIN, { $HOST: { identitytoken: PASSWORD } }]) {
      const give = () => ({ status: 307, headers: { location: `${thief.server.url}/token` } });
      await using tested = await testRegistry(withTokens({}, give), { auths });
      await expect(resolve(tested.store)).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
    }
    expect(thief.server.requests).toEqual([]);
  });

  it.each([
    ['401', { status: 401 }, 'REGISTRY_AUTH'],
    ['403', { status: 403 }, 'REGISTRY_AUTH'],
    ['500 each time', { status: 500 }, 'REGISTRY_REFUSED'],
    ['no JSON', { status: 200, body: 'hello' }, 'REGISTRY_AUTH'],
    ['no token', { status: 200, body: '{}' }, 'REGISTRY_AUTH'],
    ['a token that no header can hold', { status: 200, body: '{"token":"a\\r\\nb"}' }, 'REGISTRY_AUTH'],
  ])('that answers %s is an error without anything secret', async (_, reply, code) => {
    await using tested = await testRegistry(
      withTokens({}, () => reply),
      { auths: LOGIN },
    );
    const error = await resolve(tested.store).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining('Cannot get a token') });
    expect(inspect(error, { depth: 9 })).not.toContain(LOGIN.$HOST.auth);
  });
});
