import { describe, expect, it } from 'vitest';
import { parseChallenge } from '../../../../../cli/image/registry/challenge.ts';

const BEARER = { kind: 'bearer', realm: 'https://auth.example/token', service: null, scopes: [], error: null };

describe('parseChallenge()', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['Negotiate', undefined],
    ['Basic realm="Registry Realm"', { kind: 'basic' }],
    ['basic', { kind: 'basic' }],
    ['Bearer realm="https://auth.example/token"', BEARER],
    ['bearer realm=https://auth.example/token', BEARER],
    [
      'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"',
      { ...BEARER, service: 'registry.example', scopes: ['repository:a/b:pull,push'] },
    ],
    [
      'Bearer realm="https://auth.example/token", scope="repository:a:pull repository:b:push,pull", error="insufficient_scope"',
      { ...BEARER, scopes: ['repository:a:pull', 'repository:b:push,pull'], error: 'insufficient_scope' },
    ],
    [
      'Bearer service="a \\"quoted\\", one",realm="https://auth.example/token"',
      { ...BEARER, service: 'a "quoted", one' },
    ],
    ['Basic realm="x", Bearer realm="https://auth.example/token"', BEARER],
    ['Negotiate, Basic realm="x"', { kind: 'basic' }],
    ['Bearer service="no realm"', undefined],
    ['Bearer REALM="https://auth.example/token?a=b&c=d"', { ...BEARER, realm: 'https://auth.example/token?a=b&c=d' }],
  ])('reads %j', (header, challenge) => expect(parseChallenge(header)).toEqual(challenge));
});
