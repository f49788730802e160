import { parse, TomlError } from 'smol-toml';
import type { TreeView } from '../builder.ts';
import { invalidRequirements } from './place.ts';

export type Table = Readonly<Record<string, unknown>>;

/** A TOML file of the tree; `undefined` when there is none.
 *  @throws {ToolError} REQUIREMENTS_INVALID with file and line */
export function readToml(tree: TreeView, file: string): Table | undefined {
  if (!tree.files.includes(file)) return undefined;
  const text = tree.readText(file);
  if (text === undefined) throw invalidRequirements({ file, line: null }, 'it is not UTF-8 text of at most 1 MiB');
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [reason = ''] = cause.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw invalidRequirements({ file, line: cause.line }, reason, cause);
  }
}

/** The table at a path of keys; empty when there is none. */
export function tableAt(value: unknown, ...path: readonly string[]): Table {
  const [key, ...rest] = path;
  const table = isTable(value) ? value : {};
  return key === undefined ? table : tableAt(table[key], ...rest);
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The texts of a list, or of a single text; nothing else. */
export function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
