import { createHash } from 'node:crypto';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { Layout } from '../../runtime/core/app.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { hostsOf, isLoopback } from '../../runtime/platform/attach/find-master.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import { viewTree } from '../source/tree-view.ts';

type UrlChoice = Extract<LaunchRequest['cluster'], { readonly kind: 'url' }>;

export interface Luggage {
  /** The choice, with what its executors are told. */
  readonly cluster: LaunchRequest['cluster'];
  /** For Spark to unpack in the folder of each executor: `file.tar.gz#name`. */
  readonly archives: readonly string[];
}

export interface PackPlace {
  readonly cache: string;
  readonly scratch: string;
  readonly pid: number;
  /** Whether .gitignore counts: not in a checkout. */
  readonly gitignore: boolean;
}

/** Packs what the executors import, for a cluster that does not see the files of this machine: the dependencies, native code included, once
 *  into the cache, and the source for each run. Spark's own packages are there already.
 *  @throws {ToolError} what the cache throws */
export async function packForTravel(cluster: UrlChoice, layout: Layout, place: PackPlace, ctx: Ctx): Promise<Luggage> {
  if (layout.python === null) return { cluster, archives: [] };
  const folders = layout.pythonPath.filter((folder) => folder !== join(dirname(layout.spark), 'python'));
  const own = folders.flatMap((folder) => {
    const path = relative(layout.app, folder);
    return path.startsWith('..') || isAbsolute(path) ? [] : [join('.', APP, path)];
  });
  const foreign = folders.filter((folder) => relative(layout.app, folder).startsWith('..'));
  const dependencies = await Promise.all(foreign.map((folder) => packDependencies(folder, place, ctx)));
  const names = dependencies.map((_, index) => `${DEPENDENCIES}${index === 0 ? '' : index}`);
  const source = await packSource(layout.app, place);
  return {
    cluster: {
      ...cluster,
      pythonPath: [...own, ...names].map((path) => `./${path}`),
      python: isLoopback(hostsOf(cluster.master)[0]?.host ?? '') ? null : await commandOf(layout.python),
    },
    archives: [`${source}#${APP}`, ...dependencies.map((file, index) => `${file}#${names[index]}`)],
  };
}

const APP = 'app';
const DEPENDENCIES = 'deps';

/** Dependencies are in a folder that is named for all that they are made from: its archive never changes. */
async function packDependencies(folder: string, { cache, pid }: PackPlace, ctx: Ctx): Promise<string> {
  const entry = {
    cache,
    key: `travel/${createHash('sha256').update(folder).digest('hex').slice(0, 40)}`,
    what: 'the archive of the dependencies',
    step: 'dependencies',
    pid,
  } as const;
  const make = async (dir: string): Promise<void> => {
    const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((file) => !file.isDirectory())
      .map((file) => relative(folder, join(file.parentPath, file.name)));
    await pack(folder, files, join(dir, ARCHIVE));
  };
  return join(await withCacheEntry(entry, make, ctx), ARCHIVE);
}

const ARCHIVE = 'deps.tar.gz';

async function packSource(app: string, { scratch, gitignore }: PackPlace): Promise<string> {
  const { files } = await viewTree(app, { gitignore });
  const file = join(scratch, 'app.tar.gz');
  await pack(app, files, file);
  return file;
}

/** The same files make the same archive: sorted, without times, owners and folders. */
async function pack(cwd: string, files: readonly string[], file: string): Promise<void> {
  const { create } = await import('tar');
  const there = await Promise.all(
    files.map((path) =>
      lstat(join(cwd, path)).then(
        () => true,
        () => false,
      ),
    ),
  );
  const sorted = files.filter((_, index) => there[index] === true).toSorted();
  // A name that begins with "@" would be read as that of an archive.
  const paths = sorted.map((path) => `./${path}`);
  const options = { file, cwd, gzip: { level: 1 }, portable: true, mtime: new Date(0), noDirRecurse: true };
  await create(options, paths.length === 0 ? ['.'] : paths);
}

/** What this Python is called on any machine that has it: its minor is the one that must be the same. */
async function commandOf(python: string): Promise<string> {
  const name = basename(await realpath(python).catch(() => python));
  return /^python3\.\d+$/.test(name) ? name : 'python3';
}
