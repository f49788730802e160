import { expect, it } from 'vitest';
import { kubernetesCheck } from '../../../../cli/doctor/kubernetes-check.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { testCtx } from '../../../helpers/ctx.ts';

it('says where runs work', async () => {
  const facts = async () => ({ server: 'https://host:6443', release: 'v1.35.4', namespace: 'team-a' });
  const detail = 'v1.35.4 at https://host:6443: runs work in the namespace "team-a"';
  expect(await kubernetesCheck({ isNamed: true, facts }).run(testCtx())).toMatchObject({ state: 'ok', detail });
});

it.each([
  [false, 'ok', /--platform kubernetes needs one/],
  [true, 'warning', /there is none/],
])('takes no cluster for no failure (named: %s)', async (isNamed, state, detail) => {
  const facts = () => Promise.reject(new ToolError('KUBECONFIG_INVALID', 'there is none'));
  const finding = await kubernetesCheck({ isNamed, facts }).run(testCtx());
  expect(finding).toMatchObject({ state, detail: expect.stringMatching(detail) });
});
