import { ToolError } from '../../runtime/core/errors.ts';
import { executorHeapBytes, parseCores, parseMemory } from '../../runtime/core/quantity.ts';
import { EXTRAS, type Extra, isInside, MAXIMUM_WORKERS, MILLICORES, VARIABLE_NAME } from './schema-values.ts';

/** A number of workers, from 1 to 200. `name` is what the error calls the flag or variable; so in all functions here.
 *  @throws {ToolError} WORKERS_INVALID */
export function parseWorkers(text: string, name: string): number {
  const workers = Number(text);
  if (!/^\d+$/.test(text) || workers < 1 || workers > MAXIMUM_WORKERS) {
    const message = `Cannot take ${name} "${text}": a cluster has 1 to ${MAXIMUM_WORKERS} workers`;
    throw new ToolError('WORKERS_INVALID', message, { details: { name, value: text, maximum: MAXIMUM_WORKERS } });
  }
  return workers;
}

/** `2`, `2000m` → millicores: whole cores only, since a Spark standalone worker has no others.
 *  @throws {ToolError} QUANTITY_INVALID */
export function parseWorkerCores(text: string, name: string): number {
  const millicores = parseCores(text, name);
  if (millicores % MILLICORES !== 0) {
    throw new ToolError(
      'QUANTITY_INVALID',
      `Cannot take ${name} "${text}": a Spark worker has whole cores, at least 1`,
      {
        hint: 'Write a whole number of cores, such as 1 or 4',
      },
    );
  }
  return millicores;
}

/** `2g` → bytes, enough for an executor.
 *  @throws {ToolError} QUANTITY_INVALID */
export function parseWorkerMemory(text: string, name: string): number {
  const bytes = parseMemory(text, name);
  executorHeapBytes(bytes);
  return bytes;
}

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A timer of Node's ends at once when it is asked for more. */
const MAXIMUM_DURATION_MS = 2 ** 31 - 1;

/** `90s`, `30m`, `2h`, or a bare number of seconds → milliseconds.
 *  @throws {ToolError} USAGE for anything else, for zero, and over 24 days */
export function parseDuration(text: string, name: string): number {
  const match = DURATION.exec(text.trim());
  const durationMs = Math.round(Number(match?.[1]) * (UNIT_MS[match?.[2] ?? 's'] ?? 0));
  if (!match || durationMs <= 0 || durationMs > MAXIMUM_DURATION_MS) {
    throw new ToolError('USAGE', `Cannot read ${name} "${text}" as a time: it is not one such as 90s, 30m or 2h`);
  }
  return durationMs;
}

/** @throws {ToolError} USAGE */
export function parsePort(text: string, name: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new ToolError('USAGE', `Cannot take ${name} "${text}": a port is a number from 1 to 65535`);
  }
  return port;
}

/** @throws {ToolError} USAGE */
export function parseKind(text: string, name: string): 'job' | 'service' {
  if (text === 'job' || text === 'service') return text;
  throw new ToolError('USAGE', `Cannot take ${name} "${text}": the kinds are job and service`);
}

/** @throws {ToolError} USAGE */
export function parseExtra(text: string): Extra {
  const found = EXTRAS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new ToolError('USAGE', `Cannot take --extra "${text}": there is ${EXTRAS.join(', ')}`);
}

/** A file of the source, relative to its root.
 *  @throws {ToolError} USAGE */
export function parseSourcePath(text: string, name: string): string {
  if (isInside(text)) return text;
  throw new ToolError('USAGE', `Cannot take ${name} "${text}": it is not a path inside the source`, {
    hint: 'Give a path relative to the root of the source, without ".."',
  });
}

/** `NAME=value` → name and value; the value is `undefined` where there is no `=`.
 *  @throws {ToolError} USAGE for a name that no shell would take */
export function parseAssignment(text: string, name: string): readonly [variable: string, value: string | undefined] {
  const at = text.indexOf('=');
  const variable = at < 0 ? text : text.slice(0, at);
  if (!VARIABLE_NAME.test(variable)) {
    // Only the name is told: the rest may be a secret.
    throw new ToolError('USAGE', `Cannot read ${name} "${variable}": it does not begin with the name of a variable`, {
      hint: `Write ${name} NAME=value`,
    });
  }
  return [variable, at < 0 ? undefined : text.slice(at + 1)];
}
