import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import type { ResolveAt } from '../config/resolve-at.ts';
import type { IndexSettings } from '../packages/index-settings.ts';
import type { DependenciesWanted } from './dependencies.ts';
import { hasLocalRequirements } from './requirement.ts';
import { UV_VERSION } from './versions.ts';

/** Changes when what is kept in an entry does. */
const FORMAT = 3;
const KEY_LENGTH = 40;

/** What a set of dependencies is known by: everything that decides what uv installs, and no credentials. */
export async function dependencyKey(wanted: DependenciesWanted, settings: IndexSettings): Promise<string> {
  const { input, appDir, python, spark, resolveAt, commitTime, target = [] } = wanted;
  const { implementation, minor, platform, libc } = python;
  const texts =
    input.kind === 'requirements'
      ? [input.requirements, input.constraints, input.requireHashes]
      : await Promise.all(input.files.map((file) => readFile(join(appDir, file), 'utf8')));
  const isLocal = texts.some((text) => typeof text === 'string' && hasLocalRequirements(text));
  const isOpen = input.kind === 'requirements' && !input.requireHashes;
  const facts = {
    ...{ format: FORMAT, uv: UV_VERSION, kind: input.kind, texts, minima: sparkSeriesOf(spark).minima },
    ...{ implementation, minor, platform, libc },
    ...{ index: settings.indexUrl, extra: settings.extraUrls, links: settings.findLinks },
    tree: isLocal ? await treeState(appDir) : null,
    at: isOpen ? timeOf(resolveAt, commitTime) : null,
    ...(target.length === 0 ? {} : { target }),
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, KEY_LENGTH);
}

/** Two commits of one time have the same set; a source without a commit has the one that was found first, until it is upgraded. */
function timeOf(resolveAt: ResolveAt, commitTime: string | null): string {
  if (resolveAt.kind === 'date') return resolveAt.at;
  return resolveAt.kind === 'now' || commitTime === null ? resolveAt.kind : new Date(commitTime).toISOString();
}

/** What lies in the source tree, by names, sizes and times. */
export async function treeState(dir: string): Promise<readonly unknown[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = paths.filter((path) => !/(^|\/)(\.git|__pycache__)\//.test(relative(dir, path))).toSorted();
  return Promise.all(
    own.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return [relative(dir, path), size, mtimeMs];
    }),
  );
}
