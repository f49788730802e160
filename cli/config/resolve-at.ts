import { ToolError } from '../../runtime/core/errors.ts';

/** The time as of which open requirements are resolved: only what an index had by then is taken. */
export type ResolveAt =
  /** The committer's time of the commit that runs; now where there is none. Where that does not work here, later times are tried. */
  | { readonly kind: 'commit' }
  | { readonly kind: 'now' }
  /** `at` is ISO 8601 in UTC; `text` is what the user wrote. */
  | { readonly kind: 'date'; readonly at: string; readonly text: string };

/** `commit`, `now`, a day (its end, UTC) or a time in ISO 8601 with its zone.
 *  @throws {ToolError} USAGE */
export function parseResolveAt(text: string, name: string): ResolveAt {
  if (text === 'commit' || text === 'now') return { kind: text };
  const at = instantOf(text);
  if (at !== undefined) return { kind: 'date', at, text };
  throw new ToolError('USAGE', `Cannot take ${name} "${text}": it is not commit, now or a date`, {
    hint: `Write ${name} commit, ${name} now, or a day such as ${name} 2024-03-01`,
    details: { name, value: text },
  });
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

function instantOf(text: string): string | undefined {
  const isDay = DAY.test(text);
  if (!isDay && !TIME.test(text)) return undefined;
  const time = new Date(isDay ? `${text}T23:59:59Z` : text);
  if (Number.isNaN(time.getTime())) return undefined;
  const iso = time.toISOString();
  // `2019-02-30` would be read as a day in March.
  return isDay && !iso.startsWith(text) ? undefined : iso;
}
