import { posix } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import type { TreeView } from '../builder.ts';
import { makesSpark } from './python-text.ts';

/** The file to run: the one asked for; else the only Python file at the top; else app.py or main.py there; else the only file that makes
 *  a SparkSession or SparkContext. Tests, setup.py and their like are no candidates, unless asked for.
 *  @throws {ToolError} ENTRY_NOT_FOUND, ENTRY_AMBIGUOUS with the candidates and why each is one */
export function findEntry(tree: TreeView, asked: string | null): string {
  if (asked !== null) return checkAsked(tree, asked);
  const files = tree.files.filter((path) => path.endsWith('.py') && !isAside(path));
  const top = files.filter((path) => !path.includes('/'));
  const usual = USUAL.filter((name) => top.includes(name));
  if (top.length === 1) return only(top);
  if (usual.length === 1) return only(usual);
  const makers = (usual.length > 1 ? usual : files).filter((path) => makesSpark(tree.readText(path) ?? ''));
  if (makers.length === 1) return only(makers);
  throw files.length === 0 ? noPython(tree) : undecided(usual.length > 1 ? usual : files, makers);
}

const USUAL = ['app.py', 'main.py'];

/** Python files of a repository that are about the application and not the application. */
const ASIDE_NAMES = ['setup.py', 'conftest.py', 'noxfile.py', 'fabfile.py', 'tasks.py', 'versioneer.py', '__init__.py'];
const ASIDE_FOLDERS = [
  'test',
  'tests',
  'docs',
  'build',
  'dist',
  'venv',
  '.venv',
  'env',
  'node_modules',
  'site-packages',
];

function isAside(path: string): boolean {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  return (
    ASIDE_NAMES.includes(name) ||
    name.startsWith('test_') ||
    name.endsWith('_test.py') ||
    folders.some((folder) => ASIDE_FOLDERS.includes(folder))
  );
}

function only(paths: readonly string[]): string {
  return paths[0] ?? '';
}

function checkAsked(tree: TreeView, asked: string): string {
  const path = posix.normalize(asked);
  if (!tree.files.includes(path)) {
    const name = posix.basename(path);
    const same = tree.files.filter((file) => posix.basename(file) === name);
    const where = same.length === 0 ? describeTop(tree) : `it has ${listed(same)}`;
    throw new ToolError('ENTRY_NOT_FOUND', `Cannot run "${asked}": the source has no such file; ${where}`, {
      details: { entry: asked, candidates: same },
    });
  }
  if (!path.endsWith('.py') && !path.endsWith('.jar')) {
    throw new ToolError('ENTRY_NOT_FOUND', `Cannot run "${asked}": it is neither a Python file nor a jar`, {
      details: { entry: asked },
    });
  }
  return path;
}

function describeTop(tree: TreeView): string {
  const runnable = tree.files.filter((file) => file.endsWith('.py') || file.endsWith('.jar'));
  return runnable.length === 0 ? 'it has no Python file and no jar' : `it has ${listed(runnable)}`;
}

function noPython(tree: TreeView): ToolError {
  const jars = tree.files.filter((path) => path.endsWith('.jar'));
  const aside = tree.files.filter((path) => path.endsWith('.py'));
  const has = jars.length > 0 ? `only jars: ${listed(jars)}` : `only files that are not run: ${listed(aside)}`;
  const what = jars.length === 0 && aside.length === 0 ? 'no Python file' : has;
  return new ToolError('ENTRY_NOT_FOUND', `Cannot tell which file to run: the source has ${what}`, {
    details: { candidates: [...jars, ...aside] },
  });
}

function undecided(files: readonly string[], makers: readonly string[]): ToolError {
  if (makers.length === 0) {
    const message = `Cannot tell which file to run: none of ${listed(files)} makes a SparkSession`;
    return new ToolError('ENTRY_NOT_FOUND', message, { details: { candidates: files } });
  }
  const message = `Cannot tell which file to run: ${listed(makers)} each make a SparkSession`;
  return new ToolError('ENTRY_AMBIGUOUS', message, { details: { candidates: makers }, ...hintFor(makers) });
}

/** A repository of several applications has each in a folder of its own. */
function hintFor(makers: readonly string[]): { readonly hint?: string } {
  const folders = new Set(makers.map((path) => posix.dirname(path)));
  if (folders.has('.') || folders.size < makers.length) return {};
  return { hint: `Name the file to run with --app-file, or its folder with --context-dir ${[...folders][0]}` };
}

const MAXIMUM_LISTED = 8;

function listed(paths: readonly string[]): string {
  const more = paths.length > MAXIMUM_LISTED ? ` and ${paths.length - MAXIMUM_LISTED} more` : '';
  return `${paths.slice(0, MAXIMUM_LISTED).join(', ')}${more}`;
}
