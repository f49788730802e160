import { compare } from '@renovatebot/pep440';
import type { TreeView } from '../builder.ts';
import { normalise, type SparkRequirement } from './requirement.ts';
import { readToml, tableAt, textOf } from './toml.ts';

export const UV_LOCK = 'uv.lock';

/** The Spark that uv.lock has, if any; the newest when it has one for each of several Pythons.
 *  @throws {ToolError} REQUIREMENTS_INVALID when it is not TOML */
export function lockedSpark(tree: TreeView): readonly SparkRequirement[] {
  const packages = readToml(tree, UV_LOCK)?.package;
  const versions = (Array.isArray(packages) ? packages : [])
    .map((one) => tableAt(one))
    .filter((one) => normalise(textOf(one.name) ?? '') === 'pyspark')
    .flatMap((one) => textOf(one.version) ?? []);
  const newest = versions.toSorted(compare).at(-1);
  if (newest === undefined) return [];
  const requirement = { name: 'pyspark', extras: [], specifier: `==${newest}`, url: null, marker: null };
  return [{ from: UV_LOCK, requirement }];
}
