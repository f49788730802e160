import { ToolError } from '../runtime/core/errors.ts';
import type { Builder, BuildPlan, PlanOptions, TreeView } from './builder.ts';
import { pythonBuilder } from './python/builder.ts';

/** Every builder, in the order in which they are asked. Adding a language is adding a folder and one line here. */
export const BUILDERS: readonly Builder[] = [pythonBuilder];

/** The plan for a source tree, by the first builder that knows it. Pure; reads no more files than it needs.
 *  @throws {ToolError} ENTRY_NOT_FOUND when no builder does, and whatever that builder's plan throws */
export function planTree(tree: TreeView, options: PlanOptions): BuildPlan {
  const builder = BUILDERS.find((candidate) => candidate.detect(tree) !== null);
  if (builder) return builder.plan(tree, options);
  const languages = BUILDERS.map(({ name }) => name);
  const message = `Cannot find an application to run (${languages.join(', ')}): the source has ${describeTop(tree)}`;
  throw new ToolError('ENTRY_NOT_FOUND', message, {
    hint: 'Give a source with a Python file or a jar, or the folder that has one with --context-dir',
    details: { languages, top: topOf(tree) },
  });
}

const MAXIMUM_LISTED = 10;

function describeTop(tree: TreeView): string {
  const top = topOf(tree);
  if (top.length === 0) return 'no files';
  const more = top.length > MAXIMUM_LISTED ? ` and ${top.length - MAXIMUM_LISTED} more` : '';
  return `${top.slice(0, MAXIMUM_LISTED).join(', ')}${more} at its top`;
}

function topOf(tree: TreeView): readonly string[] {
  return [...new Set(tree.files.map((path) => path.replace(/\/.*/, '/')))];
}
