import { errorMessage, originalError, redact, ToolError } from '../../runtime/core/errors.ts';
import { Interruption } from '../interruption.ts';

/** What is told to people about an error: the message with its code, then what to do. Ends with a line feed.
 *  A mistake of ours says how to get its stack, or shows it (`debug`). */
export function errorText(thrown: unknown, debug: boolean): string {
  const error = originalError(thrown);
  return [...linesFor(error, debug), ...(debug ? stackLines(thrown) : []), ''].join('\n');
}

function linesFor(error: unknown, debug: boolean): readonly string[] {
  if (error instanceof ToolError) return knownError(error);
  if (error instanceof Interruption) return [`hibana: interrupted by ${error.signal}`];
  const hint = debug ? [] : ['  Run it again with --debug to see where it comes from'];
  return [`hibana: unexpected error: ${errorMessage(error)}`, ...hint];
}

function knownError(error: ToolError): readonly string[] {
  return [`hibana: ${error.message} [${error.code}]`, ...error.hint.split('\n').map((line) => `  ${line}`)];
}

function stackLines(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = redact(error.stack ?? '')
    .split('\n')
    .map((line) => `  ${line}`);
  if (error instanceof SuppressedError) {
    return [...stackLines(error.suppressed), '  and, when it was cleaned up after:', ...stackLines(error.error)];
  }
  return error.cause === undefined ? own : [...own, '  caused by:', ...stackLines(error.cause)];
}
