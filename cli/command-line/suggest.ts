import { distance } from 'fastest-levenshtein';

const MAXIMUM_DISTANCE = 3;

/** The name most like a mistyped one; `undefined` when none is near enough to be what was meant. */
export function nearest(wrong: string, names: readonly string[]): string | undefined {
  const limit = Math.min(MAXIMUM_DISTANCE, Math.ceil(wrong.length / 2));
  const ranked = names
    .map((name) => ({ name, far: name.startsWith(wrong) && wrong.length > 1 ? 0 : distance(wrong, name) }))
    .sort((one, other) => one.far - other.far);
  const [best] = ranked;
  return best !== undefined && best.far <= limit ? best.name : undefined;
}
