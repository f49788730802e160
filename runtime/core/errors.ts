import { ERROR_CATALOG, type ErrorCode } from './error-catalog.ts';
import type { ExitCode } from './exit-codes.ts';

export type { ErrorCode } from './error-catalog.ts';

export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface ToolErrorOptions {
  readonly cause?: unknown;
  /** Facts, for machines: they are in `--output json` as they are (redacted). */
  readonly details?: ErrorDetails;
  /** Replaces the catalog's hint where the place of the error knows better. One imperative line. */
  readonly hint?: string;
}

export interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: ErrorDetails;
}

/** A mistake of the user or of the world, with a stable code, a hint and an exit status. A mistake of ours is any other Error. */
export class ToolError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(code: ErrorCode, message: string, options: ToolErrorOptions = {}) {
    super(redact(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ToolError';
    this.code = code;
    this.details = redactDetails(options.details ?? {});
    this.hint = redact(options.hint ?? ERROR_CATALOG[code].hint);
    this.exitCode = ERROR_CATALOG[code].exit;
  }

  toJSON(): ErrorDocument {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details };
  }
}

/** The error that came first, where disposing after it failed as well: that one is what the user is told. */
export function originalError(error: unknown): unknown {
  return error instanceof SuppressedError ? originalError(error.suppressed) : error;
}

export function errorCode(thrown: unknown): string {
  const error = originalError(thrown);
  return error instanceof ToolError ? error.code : isAbort(error) ? 'INTERRUPTED' : 'INTERNAL';
}

export function errorMessage(thrown: unknown): string {
  const error = originalError(thrown);
  return redact(error instanceof Error ? error.message : String(error));
}

/** The `code` of an error of Node's own (`ENOENT`, `ENOSPC`, …), `undefined` for any other value. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof ToolError || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

// To the last "@" of the address: a password may have one.
const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/"]+@/gi;
const SECRET_PARAMETER = /([?&;](?:access_token|token|password|secret|api_key)=)[^\s&;"]+/gi;

/** Takes credentials out of the URLs of a text: `https://user:token@host` becomes `https://***@host`. */
export function redact(text: string): string {
  return text.replace(URL_CREDENTIALS, '$1***@').replace(SECRET_PARAMETER, '$1***');
}

function redactDetails(details: ErrorDetails): ErrorDetails {
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, redactValue(value)]));
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactValue);
  return value;
}
