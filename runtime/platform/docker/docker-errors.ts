import type { Ctx } from '../../core/context.ts';
import { systemCode, ToolError } from '../../core/errors.ts';

/** The status with which a daemon refused a call; `undefined` for any other error. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

export const NOT_FOUND = 404;
/** A name that is taken, or what is being removed already. */
export const CONFLICT = 409;

/** What a daemon's failure means, beside those that a call expects. `action` is what was attempted: `start the master`. */
export function dockerError(error: unknown, action: string): unknown {
  if (error instanceof ToolError) return error;
  const status = statusOf(error);
  if (status !== undefined) {
    const message = `Cannot ${action}: ${reasonOf(error)}`;
    return new ToolError('CONTAINER_FAILED', message, { cause: error, details: { status } });
  }
  const errno = systemCode(error);
  if (errno === undefined) return error;
  return new ToolError('DOCKER_UNREACHABLE', `Cannot ${action}: the Docker daemon is gone (${errno})`, {
    cause: error,
    details: { errno },
  });
}

/** The daemon's own words, without what its client puts around them. */
function reasonOf(error: unknown): string {
  const json: unknown = error instanceof Error && 'json' in error ? error.json : undefined;
  const said = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
  return String(said ?? (error instanceof Error ? error.message : error)).trim();
}

/** Options of a call that has neither a body nor a query: the client would send them as both, and daemons refuse a body where they want none. */
export function withoutBody({ signal }: Pick<Ctx, 'signal'>): { readonly abortSignal: AbortSignal } {
  return { _query: {}, _body: {}, abortSignal: signal } as { readonly abortSignal: AbortSignal };
}
