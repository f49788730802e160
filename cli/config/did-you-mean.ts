import { nearest } from '../command-line/suggest.ts';

/** `; did you mean "workers"?` when a known word is near, otherwise nothing. `main_class`, `main-class` and `MainClass` are one word. */
export function didYouMean(word: string, known: readonly string[]): string {
  const plain = simplify(word);
  const near = known.find((candidate) => simplify(candidate) === plain) ?? nearest(word, known);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

function simplify(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '');
}
