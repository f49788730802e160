import { once } from 'node:events';
import process from 'node:process';
import { ToolError } from '../../core/errors.ts';
import { ExitCode } from '../../core/exit-codes.ts';
import { explainFailure } from '../run-local.ts';
import { StopReason } from '../stop-reason.ts';
import { podFrom } from './own-pod.ts';
import { runKubernetes, tellDriver } from './run-kubernetes.ts';

/** The launcher beside the driver in the pod of a run. Its standard output is events as JSON lines. It stays until the pod ends: a container that ends
 *  before would be started again. */
const DRIVER_SEEN_WITHIN_MS = 15_000;
const stop = new AbortController();
const asked = once(process, 'SIGTERM');
// It comes when the driver has ended, whose status is on its way by then; whoever deletes the pod is seen before.
process.on('SIGTERM', () => setTimeout(() => stop.abort(StopReason.signal('SIGTERM')), DRIVER_SEEN_WITHIN_MS).unref());
try {
  await runKubernetes({
    pod: podFrom(process.env),
    stop,
    onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
    now: Date.now,
  });
} catch (error) {
  process.stderr.write(explainFailure(error));
  // It would wait for a quarter of an hour.
  await tellDriver(error instanceof ToolError ? error : { exitCode: ExitCode.internal }).catch(() => {});
}
// A timer keeps this program, a promise does not.
const staying = setInterval(() => {}, 2 ** 30);
await asked;
clearInterval(staying);
process.exit();
