import { ToolError } from '../../runtime/core/errors.ts';

/** SOURCE_UNSAFE, naming the link (relative to the tree) and its target. */
export function linkLeavesTree(path: string, target: string): ToolError {
  const message = `Cannot use the source: the link ${JSON.stringify(path)} leads out of it, to ${JSON.stringify(target)}`;
  return new ToolError('SOURCE_UNSAFE', message, {
    details: { path, target },
    hint: 'Replace the link by what it names, or leave it out with .hibanaignore if the source is a directory',
  });
}
