import { ToolError } from '../../runtime/core/errors.ts';
import { EXTENSIONS } from './extensions.ts';
import { hibanaImage } from './hibana-image.ts';
import { pythonBuilder } from './python-builder.ts';
import type { Composable } from './recipe.ts';

/** Every image that can be composed. Adding a language is adding a file and one line. */
export const COMPOSABLES: readonly Composable[] = [pythonBuilder, hibanaImage];

/** @throws {ToolError} USAGE */
export function findComposable(name: string): Composable {
  const found = COMPOSABLES.find((known) => known.name === name);
  if (found !== undefined) return found;
  const names = [...COMPOSABLES, ...EXTENSIONS].map((known) => known.name).join(', ');
  throw new ToolError('USAGE', `Cannot build "${name}": what can be built is ${names}`, {
    hint: 'Run "hibana builder list" to see what each is',
  });
}
