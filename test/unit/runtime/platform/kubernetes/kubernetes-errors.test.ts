import { ApiException } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { isPassing, kubernetesError } from '../../../../../runtime/platform/kubernetes/kubernetes-errors.ts';

const refused = (status: number, message: string, more = {}): ApiException<unknown> =>
  new ApiException(status, '', JSON.stringify({ message, ...more }), {});
const failed = (cause: Error): Error => new TypeError('fetch failed', { cause });
const system = (code: string): Error => Object.assign(new Error('no'), { code });

it.each<[string, unknown, string, boolean]>([
  ['no rights', refused(403, 'pods is forbidden: User "u" cannot create'), 'KUBERNETES_FORBIDDEN', false],
  ['a quota', refused(403, 'pods "x" is forbidden: exceeded quota: small'), 'QUOTA_EXCEEDED', false],
  ['a token that has expired', refused(401, 'Unauthorized'), 'KUBERNETES_AUTH', false],
  ['no namespace', refused(404, 'not found', { details: { kind: 'namespaces' } }), 'NAMESPACE_NOT_FOUND', false],
  ['a field that nobody knows', refused(422, 'unknown field'), 'KUBERNETES_REFUSED', false],
  ['a server that has too much to do', refused(429, 'slow down'), 'KUBERNETES_UNREACHABLE', true],
  ['a server that starts', refused(503, ''), 'KUBERNETES_UNREACHABLE', true],
  ['nobody', failed(system('ECONNREFUSED')), 'KUBERNETES_UNREACHABLE', true],
  ['a certificate of the past', failed(system('CERT_HAS_EXPIRED')), 'KUBERNETES_UNREACHABLE', false],
  ['a port of another protocol', failed(new Error('bad port')), 'KUBERNETES_UNREACHABLE', false],
])('kubernetesError() of %s', (_what, error, code, isGoingToPass) => {
  expect(kubernetesError(error, 'try')).toMatchObject({ code, message: expect.stringContaining('Cannot try: ') });
  expect(isPassing(error)).toBe(isGoingToPass);
});
