import type { Ctx } from '../../runtime/core/context.ts';
import { errorMessage, ToolError } from '../../runtime/core/errors.ts';

/** One thing that hibana needs of the machine. */
export interface Check {
  /** One or two words: `Python`, `cache disk`. */
  readonly name: string;
  /** Looks, and changes nothing. An error it rejects with becomes a failure. */
  run(ctx: Ctx): Promise<Finding>;
}

export interface Finding {
  readonly state: 'ok' | 'warning' | 'failure';
  /** What was seen. */
  readonly detail: string;
  /** What to do, one imperative line; `null` when there is nothing to do. */
  readonly remedy: string | null;
}

export interface CheckResult extends Finding {
  readonly name: string;
}

const DEADLINE_MS = 15_000;

/** Runs all checks side by side, each under a deadline of 15 s. Never rejects but with `signal.reason`. */
export async function runChecks(
  checks: readonly Check[],
  ctx: Ctx,
  deadlineMs = DEADLINE_MS,
): Promise<readonly CheckResult[]> {
  return Promise.all(checks.map(async (check) => ({ name: check.name, ...(await runCheck(check, ctx, deadlineMs)) })));
}

async function runCheck(check: Check, ctx: Ctx, deadlineMs: number): Promise<Finding> {
  ctx.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const signal = AbortSignal.any([ctx.signal, deadline]);
    // Also where a check cannot be told to stop: a disk that does not answer.
    return await Promise.race([check.run({ ...ctx, signal }), aborted(signal)]);
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (deadline.aborted)
      return failure(`no answer within ${deadlineMs / 1_000} s`, 'Try again when the machine is less busy');
    return findingOf(error);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** What an error means to a check: its message, and its hint as the remedy. */
export function findingOf(error: unknown, state: 'warning' | 'failure' = 'failure'): Finding {
  const remedy =
    error instanceof ToolError ? error.hint : 'Report this with the output of "hibana doctor --output json"';
  return { state, detail: errorMessage(error), remedy };
}

export function ok(detail: string): Finding {
  return { state: 'ok', detail, remedy: null };
}

export function warning(detail: string, remedy: string): Finding {
  return { state: 'warning', detail, remedy };
}

export function failure(detail: string, remedy: string): Finding {
  return { state: 'failure', detail, remedy };
}
