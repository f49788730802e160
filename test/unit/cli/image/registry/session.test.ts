import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RegistryHttp } from '../../../../../cli/image/registry/registry-http.ts';
import { createSession } from '../../../../../cli/image/registry/session.ts';
import { ToolError } from '../../../../../runtime/core/errors.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

/** A registry that speaks plain http: whoever begins with TLS sees this error. */
function plainRegistry(errno: string): RegistryHttp {
  return {
    check: async () => {},
    retryWaitsMs: [],
    pause: async () => {},
    [Symbol.asyncDispose]: async () => {},
    send: async ({ url }) => {
      if (url.protocol === 'https:') throw new ToolError('REGISTRY_UNREACHABLE', 'no TLS', { details: { errno } });
      return { status: 200, headers: {}, body: Readable.from([]), url: url.href, discard: async () => {} };
    },
  };
}

const REQUEST = { method: 'GET', target: '/v2/app/tags/list', repository: 'app', scopes: [] } as const;

describe('a session with a registry of this machine that has no TLS', () => {
  it.each(['EPROTO', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET'])('is plain after %s', async (errno) => {
    const deps = { registry: '127.0.0.1:5000', isInsecure: false, credentials: { find: async () => undefined } };
    const session = createSession({ ...deps, http: plainRegistry(errno) });
    expect((await session.send(REQUEST, testCtx())).url).toBe('http://127.0.0.1:5000/v2/app/tags/list');
  });

  it('is refused where its certificate is', async () => {
    const deps = { registry: '127.0.0.1:5000', isInsecure: false, credentials: { find: async () => undefined } };
    const session = createSession({ ...deps, http: plainRegistry('SELF_SIGNED_CERT_IN_CHAIN') });
    await expect(session.send(REQUEST, testCtx())).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  });
});
