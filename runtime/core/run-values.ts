import { ToolError } from './errors.ts';
import { executorHeapBytes, parseCores, parseMemory } from './quantity.ts';

/** The largest cluster that one run may ask for. */
export const MAXIMUM_WORKERS = 200;
export const MILLICORES = 1_000;

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

/** A file of the source, relative to its root.
 *  @throws {ToolError} USAGE */
export function parseSourcePath(text: string, name: string): string {
  if (isInside(text)) return text;
  throw new ToolError('USAGE', `Cannot take ${name} "${text}": it is not a path inside the source`, {
    hint: 'Give a path relative to the root of the source, without ".."',
  });
}

export function isInside(value: string): boolean {
  return value !== '' && !value.startsWith('/') && !value.startsWith('~') && !value.split('/').includes('..');
}
