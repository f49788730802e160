import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import { dockerError } from './docker-errors.ts';

export interface ExitWanted {
  /** Made, and not started. */
  readonly container: Docker.Container;
  /** Resolves when there is no more of its output: it has ended, or its daemon has. */
  readonly outputEnd: Promise<void>;
  /** From then on: for the daemon to say with which status. Default 5 s. */
  readonly seenWithinMs?: number;
}

const SEEN_WITHIN_MS = 5_000;
const LOOK_WITHIN_MS = 10_000;

/** Waits for the next end of a container, and gives its status. A daemon that is killed breaks off the answer to the question, of which its client says nothing:
 *  it is the end of the output that tells.
 *  @throws {ToolError} DOCKER_UNREACHABLE, CONTAINER_FAILED */
export async function awaitExit(wanted: ExitWanted): Promise<number> {
  const { container, outputEnd, seenWithinMs = SEEN_WITHIN_MS } = wanted;
  const next = { _query: { condition: 'next-exit' }, _body: {} };
  const waiting: Promise<{ readonly StatusCode: number }> = container.wait(next as object);
  const told = waiting.then(({ StatusCode }) => StatusCode);
  const untold = outputEnd.then(() => pause(seenWithinMs, undefined, { ref: false }));
  try {
    const status = await Promise.race([told, untold]);
    // A program may close its output and go on: then its end is still waited for.
    return status ?? (await exitStatus(container)) ?? (await told);
  } catch (error) {
    throw dockerError(error, 'wait for the driver');
  }
}

/** `undefined` while it runs. */
async function exitStatus(container: Docker.Container): Promise<number | undefined> {
  const { State } = await container.inspect({ abortSignal: AbortSignal.timeout(LOOK_WITHIN_MS) });
  return State.Running ? undefined : State.ExitCode;
}
