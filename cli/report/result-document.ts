import { type ErrorDocument, errorCode, errorMessage, originalError, ToolError } from '../../runtime/core/errors.ts';

export type ResultError = Pick<ErrorDocument, 'code' | 'message' | 'hint'> & Partial<Pick<ErrorDocument, 'details'>>;

/** The one document of `--output json`, and the last line of `ndjson`. */
export interface ResultDocument {
  readonly schema: 'hibana.result/v1';
  readonly type: 'result';
  /** The command's name; `null` when the command line could not be read. */
  readonly command: string | null;
  readonly ok: boolean;
  readonly error: ResultError | null;
  readonly [field: string]: unknown;
}

export function resultDocument(
  command: string | null,
  data: Readonly<Record<string, unknown>>,
  error: ResultError | null,
): ResultDocument {
  const own = { schema: 'hibana.result/v1', type: 'result', command, ok: error === null, error } as const;
  // Ours first for whoever reads it, and last so that no field of a command's can take their place.
  return { ...own, ...data, ...own };
}

/** What an error is to a program; a mistake of ours has the code INTERNAL and no more. */
export function errorDocument(thrown: unknown): ResultError {
  const error = originalError(thrown);
  if (error instanceof ToolError) return error.toJSON();
  return { code: errorCode(error), message: errorMessage(error), hint: '', details: {} };
}

/** Indented for `json`, one line for `ndjson`; ends with a line feed. */
export function formatDocument(document: ResultDocument, output: 'json' | 'ndjson'): string {
  return `${JSON.stringify(document, null, output === 'json' ? 2 : undefined)}\n`;
}
