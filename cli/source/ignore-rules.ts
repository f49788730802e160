import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';

/** What is left out below one folder. */
export interface IgnoreRules {
  /** `path` is relative to the tree. */
  ignores(path: string, isDirectory: boolean): boolean;
  /** The same rules and those of the `.gitignore` in this folder of the tree. */
  enter(folder: string): Promise<IgnoreRules>;
}

/** The rules at the root of a tree: `.gitignore` (also those of the folders above it, up to the repository it is in), then `.s2iignore`,
 *  then `.hibanaignore`; as in git, the last rule that matches decides, and what is in a folder that is left out cannot be taken back. */
export async function rootRules(root: string, gitignore: boolean): Promise<IgnoreRules> {
  const own = [...(await readRules(root, '.s2iignore')), ...(await readRules(root, '.hibanaignore'))];
  const above = gitignore ? await rulesAbove(root) : undefined;
  const prefix = above?.prefix ?? '';
  const strong = own.map((rule) => placeRule(rule, prefix));
  return makeRules({ root, prefix, gitignore, weak: above?.rules ?? [], strong });
}

interface RuleSet {
  readonly root: string;
  /** The tree's place below the folder that all rules are relative to: `` or `services/etl/`. */
  readonly prefix: string;
  readonly gitignore: boolean;
  readonly weak: readonly string[];
  readonly strong: readonly string[];
}

function makeRules(set: RuleSet): IgnoreRules {
  const matcher = compile([...set.weak, ...set.strong]);
  return {
    ignores: (path, isDirectory) => matcher.ignores(`${set.prefix}${path}${isDirectory ? '/' : ''}`),
    enter: async (folder) => {
      if (!set.gitignore) return makeRules(set);
      const rules = await readRules(join(set.root, folder), '.gitignore');
      const place = `${set.prefix}${folder === '' ? '' : `${folder}/`}`;
      return makeRules({ ...set, weak: [...set.weak, ...rules.map((rule) => placeRule(rule, place))] });
    },
  };
}

/** The `.gitignore` files between the top of the repository that `root` is in and `root` itself, which is not among them.
 *  `undefined` when there is no repository around it, or when they leave `root` itself out. */
async function rulesAbove(root: string): Promise<{ readonly prefix: string; readonly rules: string[] } | undefined> {
  const folders: string[] = [];
  for (let folder = root; !(await hasGit(folder)); folder = dirname(folder)) {
    if (dirname(folder) === folder) return undefined;
    folders.unshift(dirname(folder));
  }
  const top = folders[0];
  if (top === undefined) return undefined;
  const placed = await Promise.all(
    folders.map(async (folder) => {
      const place = folder === top ? '' : `${relative(top, folder)}/`;
      return (await readRules(folder, '.gitignore')).map((rule) => placeRule(rule, place));
    }),
  );
  const prefix = `${relative(top, root)}/`;
  const rules = placed.flat();
  return compile(rules).ignores(prefix) ? undefined : { prefix, rules };
}

async function hasGit(folder: string): Promise<boolean> {
  // A file in a worktree or a submodule, a folder otherwise: reading it as a folder tells both from nothing.
  return readFile(join(folder, '.git')).then(
    () => true,
    (error: unknown) => systemCode(error) === 'EISDIR',
  );
}

async function readRules(folder: string, name: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, name), 'utf8').catch((cause: unknown) => {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'EISDIR') return '';
    throw new ToolError('FILE_UNREADABLE', `Cannot read "${join(folder, name)}": ${code ?? 'it cannot be opened'}`, {
      cause,
    });
  });
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** A rule of the file in `place` (`` or `a/b/`) as a rule of the top: `x` counts at any depth below it, `/x` and `x/y` only right there. */
function placeRule(rule: string, place: string): string {
  if (place === '') return rule;
  const isNegated = rule.startsWith('!');
  const pattern = isNegated ? rule.slice(1) : rule;
  const isAnchored = /\/(?=.*\S)/.test(pattern.replace(/\/\s*$/, ''));
  const start = `/${place.replace(/[\\*?[\]!# ]/g, '\\$&')}${isAnchored ? '' : '**/'}`;
  return `${isNegated ? '!' : ''}${start}${pattern.replace(/^\//, '')}`;
}

function compile(rules: readonly string[]): Ignore {
  return ignore({ ignorecase: false }).add([...rules]);
}
