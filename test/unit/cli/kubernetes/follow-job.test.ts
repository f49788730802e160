import { KubeConfig, type V1ContainerState, type V1Pod } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { followJob } from '../../../../cli/kubernetes/follow-job.ts';
import { LABELS } from '../../../../runtime/core/labels.ts';
import { kubernetesClient } from '../../../../runtime/platform/kubernetes/kubernetes-client.ts';
import { testCtx } from '../../../helpers/ctx.ts';

/** One pod of a run, whose launcher is in these states one after the other. */
function boardOf(states: readonly V1ContainerState[]) {
  let at = 0;
  const pod = (): V1Pod => {
    const status = { name: 'launcher', image: '', imageID: '', ready: false, restartCount: at };
    const [state = {}, lastState = {}] = [states[at], states[at - 1]];
    return {
      metadata: { name: 'etl-x', labels: { [LABELS.role]: 'launcher' } },
      status: { phase: 'Pending', initContainerStatuses: [{ ...status, state, lastState }] },
    };
  };
  return {
    known: async () => {},
    get pods() {
      const now = [pod()];
      at = Math.min(at + 1, states.length - 1);
      return now;
    },
    pod,
    async *changes({ signal }: { readonly signal: AbortSignal }) {
      for (; !signal.aborted; at = Math.min(at + 1, states.length - 1)) {
        yield [pod()];
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

const running = { running: {} };
const ended = { terminated: { exitCode: 128, reason: 'StartError', message: 'no such file' } };
const waiting = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } };

it.each([
  ['never starts', [ended, waiting]],
  ['starts, and ends again and again', [running, ended, waiting]],
])('followJob() does not wait for a launcher that %s', async (_how, states) => {
  const config = new KubeConfig();
  const nobody = { name: 'test', server: 'http://127.0.0.1:1', skipTLSVerify: true };
  config.loadFromClusterAndUser(nobody, { name: 'test' });
  const job = {
    ...{ client: kubernetesClient(config, 'team'), run: 'etl', board: boardOf(states), startMs: 5_000 },
    ...{ onEvent: () => {}, onOutput: async () => {} },
  };
  await expect(followJob(job, testCtx())).rejects.toMatchObject({
    code: 'POD_FAILED',
    message: expect.stringContaining('launcher: no such file'),
  });
});
