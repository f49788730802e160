import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import type { TreeView } from '../../builder-images/builder.ts';
import { planTree } from '../../builder-images/builders.ts';
import { parseProject } from '../../cli/config/project-file.ts';
import { resolveSettings } from '../../cli/config/resolve-settings.ts';
import type { Flags } from '../../cli/config/settings.ts';
import { ToolError } from '../../runtime/core/errors.ts';

/** Each folder of `plan/` is a source (`tree/`), perhaps flags (`flags.json`), and the plan or the error that comes of them (`plan.json`). */
const cases = join(import.meta.dirname, 'plan');

test.each(readdirSync(cases))('planTree() on %s', async (name) => {
  const folder = join(cases, name);
  const result = planOrError(readTree(join(folder, 'tree')), readFlags(join(folder, 'flags.json')));
  await expect(`${JSON.stringify(result, null, 2)}\n`).toMatchFileSnapshot(join(folder, 'plan.json'));
});

function planOrError(tree: TreeView, flags: Flags): unknown {
  try {
    const text = tree.readText('hibana.yaml');
    const project = text === undefined ? null : parseProject(text, 'hibana.yaml');
    const files = { isReadable: () => true, readText: () => undefined };
    return planTree(tree, resolveSettings({ flags, env: {}, project, user: null, defaultName: 'golden', files }).plan);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { error: error.toJSON() };
  }
}

function readTree(root: string): TreeView {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => relative(root, join(entry.parentPath, entry.name))).toSorted();
  return { files, readText: (path) => (files.includes(path) ? readFileSync(join(root, path), 'utf8') : undefined) };
}

function readFlags(file: string): Flags {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
