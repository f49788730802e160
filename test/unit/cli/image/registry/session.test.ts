import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RegistryHttp } from '../../../../../cli/image/registry/registry-http.ts';
import { createSession } from '../../../../../cli/image/registry/session.ts';
import { ToolError } from '../../../../../runtime/core/errors.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

/** What is said to whoever begins plainly, or with TLS: a status, or the error that they see. */
type Answer = number | string;

function registryOf(answers: { readonly http: Answer; readonly https: Answer }): RegistryHttp {
  return {
    check: async () => {},
    retryWaitsMs: [],
    pause: async () => {},
    [Symbol.asyncDispose]: async () => {},
    send: async ({ url }) => {
      const answer = url.protocol === 'https:' ? answers.https : answers.http;
      if (typeof answer === 'string') {
        throw new ToolError('REGISTRY_UNREACHABLE', 'no answer', { details: { errno: answer } });
      }
      return { status: answer, headers: {}, body: Readable.from([]), url: url.href, discard: async () => {} };
    },
  };
}

const deps = { registry: '127.0.0.1:5000', isInsecure: false, credentials: { find: async () => undefined } };
const REQUEST = { method: 'GET', target: '/v2/app/tags/list', repository: 'app', scopes: [] } as const;

describe('a session with a registry of this machine', () => {
  it.each<readonly [string, { readonly http: Answer; readonly https: Answer }, string]>([
    ['plain where that is understood', { http: 200, https: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'http'],
    ['plain where it wants to know who asks', { http: 401, https: 'EPROTO' }, 'http'],
    ['with TLS where that is not understood', { http: 400, https: 200 }, 'https'],
    ['with TLS where whoever is plain is cut off', { http: 'ECONNRESET', https: 200 }, 'https'],
    ['with TLS where the answer is none of http', { http: 'HPE_INVALID_CONSTANT', https: 200 }, 'https'],
    ['plain where there is no TLS either', { http: 400, https: 'EPROTO' }, 'http'],
  ])('is %s', async (_how, answers, scheme) => {
    const session = createSession({ ...deps, http: registryOf(answers) });
    expect((await session.send(REQUEST, testCtx())).url).toBe(`${scheme}://127.0.0.1:5000/v2/app/tags/list`);
  });

  it.each(['EPROTO', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET'])(
    'is plain after %s, where its first answer was lost',
    async (errno) => {
      let isFirst = true;
      const both = registryOf({ http: 200, https: errno });
      const send: RegistryHttp['send'] = async (request, ctx) => {
        const isLost = isFirst;
        isFirst = false;
        if (isLost) throw new ToolError('REGISTRY_UNREACHABLE', 'cut', { details: { errno: 'ECONNRESET' } });
        return both.send(request, ctx);
      };
      const session = createSession({ ...deps, http: { ...both, send } });
      expect((await session.send(REQUEST, testCtx())).url).toBe('http://127.0.0.1:5000/v2/app/tags/list');
    },
  );

  it.each([500, 503])('is plain where it fails once, with %i, and is asked again', async (status) => {
    let isFirst = true;
    const both = registryOf({ http: 200, https: 'EPROTO' });
    const send: RegistryHttp['send'] = async (request, ctx) => {
      const isFailing = isFirst;
      isFirst = false;
      return isFailing ? registryOf({ http: status, https: status }).send(request, ctx) : both.send(request, ctx);
    };
    const session = createSession({ ...deps, http: { ...both, send } });
    expect((await session.send(REQUEST, testCtx())).url).toBe('http://127.0.0.1:5000/v2/app/tags/list');
  });

  it('is none where plain http finds none', async () => {
    const session = createSession({ ...deps, http: registryOf({ http: 404, https: 'EPROTO' }) });
    await expect(session.send(REQUEST, testCtx())).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
  });

  it.each<readonly [string, Answer]>([
    ['nobody listens', 'ECONNREFUSED'],
    ['something else does', 404],
    ['something that has an answer for all does', 200],
  ])('is with TLS where no port is named and %s at that of http', async (_who, http) => {
    const session = createSession({ ...deps, registry: 'localhost', http: registryOf({ http, https: 200 }) });
    expect((await session.send(REQUEST, testCtx())).url).toBe('https://localhost/v2/app/tags/list');
  });

  it('is refused where its certificate is', async () => {
    const session = createSession({ ...deps, http: registryOf({ http: 400, https: 'SELF_SIGNED_CERT_IN_CHAIN' }) });
    await expect(session.send(REQUEST, testCtx())).rejects.toMatchObject({
      details: { errno: 'SELF_SIGNED_CERT_IN_CHAIN' },
    });
  });

  it('is not there where nobody listens', async () => {
    const session = createSession({ ...deps, http: registryOf({ http: 'ECONNREFUSED', https: 200 }) });
    await expect(session.send(REQUEST, testCtx())).rejects.toMatchObject({ details: { errno: 'ECONNREFUSED' } });
  });
});

describe('a session with a registry elsewhere', () => {
  it.each([false, true])('asks over TLS first, plain http allowed: %s', async (isInsecure) => {
    const http = registryOf({ http: 200, https: 200 });
    const session = createSession({ ...deps, registry: 'registry.example', isInsecure, http });
    expect((await session.send(REQUEST, testCtx())).url).toBe('https://registry.example/v2/app/tags/list');
  });
});
