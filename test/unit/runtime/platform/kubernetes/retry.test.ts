import { ApiException, type V1Pod } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { ToolError } from '../../../../../runtime/core/errors.ts';
import { createObject } from '../../../../../runtime/platform/kubernetes/create-object.ts';
import { isPassing, kubernetesError } from '../../../../../runtime/platform/kubernetes/kubernetes-errors.ts';
import { answered } from '../../../../../runtime/platform/kubernetes/retry.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

const refusal = (code: number, body: object) => new ApiException(code, '', JSON.stringify(body), {});
const TAKEN = refusal(409, { reason: 'AlreadyExists', details: { kind: 'pods', name: 'etl' } });
/** Of two pods that are made at once where there is a quota. */
const COUNTED = refusal(409, { reason: 'Conflict', details: { kind: 'resourcequotas', name: 'compute' } });

it('answered() does not wait for a server that says nothing, which is passing', async () => {
  const error = await answered(new Promise(() => {}), 10).catch((thrown: unknown) => thrown);
  expect(isPassing(error)).toBe(true);
});

it.each([
  ['too much to do', refusal(429, {}), true],
  ['a name that is taken', TAKEN, false],
  ['a quota that was counted for others', COUNTED, true],
  ['what was given up', new ToolError('KUBERNETES_UNREACHABLE', 'no', { cause: refusal(503, {}) }), true],
  ['what was refused', new ToolError('KUBERNETES_FORBIDDEN', 'no', { cause: refusal(403, {}) }), false],
])('isPassing() knows %s', (_what, error, passing) => expect(isPassing(error)).toBe(passing));

it.each([
  ['pods "etl" is forbidden: exceeded quota: compute, requested: pods=1', 'QUOTA_EXCEEDED'],
  ['pods "etl" is forbidden: failed quota: compute: must specify limits.cpu for: master', 'QUOTA_EXCEEDED'],
  ['pods is forbidden: User "jo" cannot create resource "pods"', 'KUBERNETES_FORBIDDEN'],
])('kubernetesError() knows "%s"', (message, code) =>
  expect(kubernetesError(refusal(403, { message }), 'create the pod "etl"')).toMatchObject({ code }),
);

it('createObject() asks again where a quota was counted for others at the same moment', async () => {
  let calls = 0;
  const made = await createObject<V1Pod>(
    {
      ...{ what: 'the pod "etl"', body: { metadata: { name: 'etl' } } },
      create: async (pod) => {
        calls += 1;
        if (calls === 1) throw COUNTED;
        return pod;
      },
      read: () => Promise.reject(refusal(404, {})),
    },
    testCtx(),
  );
  expect(made.metadata?.name).toBe('etl');
});
