import * as z from 'zod';
import { ToolError } from '../../runtime/core/errors.ts';
import { checkName } from '../../runtime/core/names.ts';
import { parseCores, parseMemory } from '../../runtime/core/quantity.ts';
import { isInside, MAXIMUM_WORKERS, MILLICORES } from '../../runtime/core/run-values.ts';
import { VARIABLE_NAME } from './known-values.ts';
import { parseResolveAt } from './resolve-at.ts';

/** Text, also where YAML reads a number or a boolean: `spark: 4.2` and `conf: {spark.ui.enabled: true}` need no quotes. */
export const text = z
  .union([z.string(), z.number(), z.boolean()], { error: 'text' })
  .transform(String)
  .meta({ id: 'text' });

export const flag = z.boolean({ error: 'true or false' });

/** A file or folder of the source. */
export const path = text.refine(isInside, { error: 'a path inside the source, relative to its root' });

export const list = z.array(text, { error: 'a list' }).meta({ id: 'list' });

export const map = z.record(z.string(), text, { error: 'a mapping of names to text' }).meta({ id: 'map' });
export const variables = z
  .record(z.string().regex(VARIABLE_NAME), text, { error: 'a mapping of variables to text' })
  .meta({ id: 'variables' });

/** What a later version will read; kept as it is. */
export const anything = z.record(z.string(), z.unknown(), { error: 'a mapping' });

export const workers = wholeNumber(1, MAXIMUM_WORKERS, `a number of workers from 1 to ${MAXIMUM_WORKERS}`);
export const port = wholeNumber(1, 65_535, 'a port from 1 to 65535');
export const cores = text.refine(isWholeCores, { error: 'whole cores, such as 1 or 4' });
export const memory = text.refine((value) => isAccepted(parseMemory, value), {
  error: 'an amount of memory, such as 512m or 2g',
});
export const resolveAt = text.refine((value) => isAccepted((time) => parseResolveAt(time, 'resolveAt'), value), {
  error: 'commit, now, or a day such as 2024-03-01',
});
export const name = text.refine((value) => isAccepted(checkName, value), {
  error: 'at most 40 lower-case letters, digits and dashes, starting with a letter',
});

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

/** An object that refuses keys it does not know; the message about them is made where their place is known.
 *  `id` names it in the JSON schema, for objects that are in several places. */
export function section<T extends z.core.$ZodLooseShape>(shape: T, id?: string) {
  const object = z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? 'a mapping' : undefined) });
  return id === undefined ? object : object.meta({ id });
}

function wholeNumber(least: number, most: number, error: string) {
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

function isWholeCores(value: string): boolean {
  return isAccepted(parseCores, value) && parseCores(value) % MILLICORES === 0;
}

function isAccepted(parse: (value: string) => unknown, value: string): boolean {
  try {
    parse(value);
    return true;
  } catch (error) {
    if (error instanceof ToolError) return false;
    throw error;
  }
}
