import { ApiException } from '@kubernetes/client-node';
import * as z from 'zod/mini';
import { systemCode, ToolError } from '../../core/errors.ts';

export const NOT_FOUND = 404;
/** A name that is taken, or an object that somebody else has changed meanwhile. */
export const CONFLICT = 409;
/** A version that the server has forgotten. */
export const GONE = 410;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

/** What a server says of a call that it refused. Source: `Status` of Kubernetes' API conventions. */
const StatusSchema = z.object({
  message: z.optional(z.string()),
  reason: z.optional(z.string()),
  details: z.optional(z.object({ kind: z.optional(z.string()), name: z.optional(z.string()) })),
});

/** The status with which a server refused a call; `undefined` for any other error. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof ApiException) return error.code;
  // That of a watch.
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** Whether the same call may succeed a moment later: the server is not there, has too much to do, or has counted for a quota what others made at the same
 *  moment. Source: https://github.com/kubernetes/kubernetes/issues/67761 */
export function isPassing(error: unknown): boolean {
  // What somebody has given up is as passing as it was.
  if (error instanceof ToolError) return error.cause !== undefined && isPassing(error.cause);
  const status = statusOf(error);
  if (status === CONFLICT) return saidOf(error).details?.kind === 'resourcequotas';
  if (status !== undefined) return status === TOO_MANY_REQUESTS || status >= SERVER_ERROR;
  const errno = errnoOf(error);
  return errno !== undefined && !FOR_GOOD.test(errno);
}

/** Certificates, and names that nobody knows. Source: Node's TLS and DNS errors. */
const FOR_GOOD = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ENOTFOUND$|ERR_INVALID_URL$|bad port$)/;

/** What a server's failure means, beside those that a call expects. `action` is what was attempted: `create the pod "etl-1-master"`. */
export function kubernetesError(error: unknown, action: string): unknown {
  if (error instanceof ToolError) return error;
  const status = statusOf(error);
  if (status === undefined) {
    const errno = errnoOf(error);
    if (errno === undefined) return error;
    const message = `Cannot ${action}: the API server does not answer (${errno})`;
    return new ToolError('KUBERNETES_UNREACHABLE', message, { cause: error, details: { errno } });
  }
  const { message: said, details } = saidOf(error);
  const message = `Cannot ${action}: ${said ?? `the API server answered ${status}`}`;
  const options = { cause: error, details: { status } };
  if (status === UNAUTHORIZED) return new ToolError('KUBERNETES_AUTH', message, options);
  if (status === NOT_FOUND && details?.kind === 'namespaces')
    return new ToolError('NAMESPACE_NOT_FOUND', message, options);
  if (status === FORBIDDEN)
    return new ToolError(isQuota(said) ? 'QUOTA_EXCEEDED' : 'KUBERNETES_FORBIDDEN', message, options);
  if (isPassing(error)) return new ToolError('KUBERNETES_UNREACHABLE', message, options);
  return new ToolError(status === CONFLICT ? 'NAME_TAKEN' : 'KUBERNETES_REFUSED', message, options);
}

/** Rights, quotas and policies are all refused with the same status and reason: only its words tell them apart. */
function isQuota(said = ''): boolean {
  // The latter of pods that do not say what they may use, where there is a quota of that.
  return said.includes('exceeded quota') || said.includes('failed quota');
}

function saidOf(error: unknown): Readonly<z.infer<typeof StatusSchema>> {
  if (!(error instanceof ApiException)) return {};
  const body: unknown = typeof error.body === 'string' ? parseJson(error.body) : error.body;
  return StatusSchema.safeParse(body).data ?? {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a connection that failed: the client wraps what the socket said, or what it refuses itself, such as a port that is another protocol's. */
function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  const errno = systemCode(error) ?? errnoOf(error.cause);
  if (errno !== undefined || !(error instanceof TypeError && error.cause instanceof Error)) return errno;
  return error.cause.message;
}
