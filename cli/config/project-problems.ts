import { type Document, isMap, isNode, isScalar, type LineCounter, type Node } from 'yaml';
import type * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { keysAt } from './schema-keys.ts';

/** One thing that is wrong in a YAML file, and where: lines and columns count from 1. */
export interface Problem {
  readonly message: string;
  /** `cluster.workers`, `apps[0].name`; empty for the file itself. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

type Path = readonly PropertyKey[];

/** What zod found, in words, each at its place in the file, in the order of the file. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  document: Document,
  schema: z.ZodType,
  lines: LineCounter,
): readonly Problem[] {
  const problems = issues
    .flatMap((issue) => describeIssue(issue, document, schema))
    .map(({ message, path, node }) => {
      const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
      return { message, path: formatPath(path), line, column: col };
    });
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

interface Found {
  readonly message: string;
  readonly path: Path;
  readonly node: Node | undefined;
}

function describeIssue(issue: z.core.$ZodIssue, document: Document, schema: z.ZodType): readonly Found[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => ({
      message: `unknown key "${key}"${didYouMean(key, known)}`,
      path: [...path, key],
      node: keyNode(document, [...path, key]),
    }));
  }
  if (issue.code === 'invalid_key') {
    return [{ message: `"${String(path.at(-1))}" cannot be a name here`, path, node: keyNode(document, path) }];
  }
  const nested = issue.code === 'invalid_union' ? innermost(issue) : undefined;
  if (nested) return describeIssue({ ...nested, path: [...path, ...nested.path] }, document, schema);
  const node = nodeAt(document, path);
  if (node === undefined) {
    const parent = nodeAt(document, path.slice(0, -1));
    return [{ message: `"${formatPath(path)}" is missing: ${issue.message}`, path, node: parent }];
  }
  const where = path.length === 0 ? 'the file' : `"${formatPath(path)}"`;
  return [{ message: `${where} takes ${issue.message}, not ${describeValue(node)}`, path, node }];
}

/** Of the ways in which a union was missed, the one that got further than the top: `schedule: {cronn: …}`. */
function innermost(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  const all = issue.errors.flat();
  return all.find((error) => error.code === 'unrecognized_keys') ?? all.find((error) => error.path.length > 0);
}

function describeValue(node: Node): string {
  if (!isScalar(node)) return isMap(node) ? 'a mapping' : 'a list';
  return node.value === null || node.value === '' ? 'nothing' : `"${String(node.value)}"`;
}

function nodeAt(document: Document, path: Path): Node | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node : undefined;
}

function keyNode(document: Document, path: Path): Node | undefined {
  const parent = nodeAt(document, path.slice(0, -1));
  if (!isMap(parent)) return undefined;
  const key = parent.items.map((pair) => pair.key).find((node) => isScalar(node) && node.value === path.at(-1));
  return isNode(key) ? key : undefined;
}

function formatPath(path: Path): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
