import { lutimes, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { unpacking } from '../packages/archive-errors.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import { downloadStream } from '../packages/download.ts';
import { exists } from '../packages/exists.ts';
import { findPackage } from '../packages/find-package.ts';
import { unzip } from '../packages/unzip.ts';
import { runChild } from './child.ts';
import { sparkClassPath } from './class-path.ts';
import type { PackageSource, ToolchainDeps } from './deps.ts';

export interface SparkFolders {
  /** SPARK_HOME. Its `bin/spark-submit` works by itself, with any Python. */
  readonly home: string;
  /** The same for every role, see `sparkClassPath`. */
  readonly classPath: string;
  /** Has the packages `pyspark` and `py4j` as files: importing them from archives takes longer, each time and in each process. */
  readonly pythonPath: string;
}

/** Counts what `arrange` has been changed to: the same key always means the same content. */
const ARRANGEMENT = 2;

/** Spark of exactly this version, from the source archive of the `pyspark` package, in the cache. Unpacked while it comes; the archive is never
 *  on the disk. `python` compiles the packages once; `null` leaves that to whoever imports them first.
 *  @throws {ToolError} what fetching and the cache throw; PACKAGE_NOT_FOUND when the archive is not what it should be */
export async function prepareSpark(
  { version, python }: { readonly version: string; readonly python: string | null },
  source: PackageSource,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<SparkFolders> {
  const entry = {
    cache: deps.cache,
    key: keyOf(version),
    what: `Spark ${version}`,
    step: 'toolchain',
    pid: deps.pid,
  } as const;
  const make = async (dir: string) => {
    await fetchArchive(version, join(dir, 'archive'), source, ctx);
    await arrange(version, dir, ctx);
    await normalizeTimes(dir);
    if (python !== null) await compile(join(dir, 'python'), python, deps, ctx);
  };
  return foldersIn(await withCacheEntry(entry, make, ctx));
}

/** A Spark that is in the cache already; `undefined` where it is not. */
export async function findSpark(version: string, { cache }: ToolchainDeps): Promise<SparkFolders | undefined> {
  const path = join(cache, keyOf(version));
  return (await exists(path)) ? foldersIn(path) : undefined;
}

function keyOf(version: string): string {
  return `spark/${version}-r${ARRANGEMENT}`;
}

async function foldersIn(path: string): Promise<SparkFolders> {
  const home = join(path, 'home');
  return { home, classPath: await sparkClassPath(home), pythonPath: join(path, 'python') };
}

/** Without the shell of Spark Connect, Windows' scripts, examples and data. */
const WANTED =
  /^[^/]+\/(deps\/jars\/[^/]+\.jar|deps\/bin\/[^/.]+(\.sh)?|deps\/licenses\/[^/]+|pyspark\/.+|lib\/py4j-[^/]+\.zip)$/;

async function fetchArchive(version: string, dir: string, source: PackageSource, ctx: Ctx): Promise<void> {
  const packages = await source.open(ctx);
  const file = await findPackage({ name: 'pyspark', version, form: { kind: 'sdist' } }, packages, ctx);
  await mkdir(dir);
  // Loaded here, as every library of a first run: a warm run needs none of them.
  const { Unpack } = await import('tar');
  const unpack = new Unpack({
    cwd: dir,
    strip: 1,
    strict: true,
    preserveOwner: false,
    noMtime: true,
    filter: (path, entry) => 'type' in entry && entry.type === 'File' && WANTED.test(path),
  });
  const bytes = downloadStream(file, { http: packages.http, step: 'toolchain' }, ctx);
  await unpacking(file.filename, () => pipeline(bytes, createGunzip(), unpack, { signal: ctx.signal }));
}

async function arrange(version: string, dir: string, ctx: Ctx): Promise<void> {
  const [archive, home, python] = [join(dir, 'archive'), join(dir, 'home'), join(dir, 'python')];
  const [py4j] = await readdir(join(archive, 'lib')).catch(() => []);
  const jars = await readdir(join(archive, 'deps', 'jars')).catch(() => []);
  if (py4j === undefined || !jars.some((jar) => jar.startsWith('spark-core_'))) {
    throw new ToolError(
      'PACKAGE_NOT_FOUND',
      `Cannot use the source archive of pyspark ${version}: it has no Spark in it`,
    );
  }
  await rename(join(archive, 'deps'), home);
  await mkdir(python);
  await rename(join(archive, 'pyspark'), join(python, 'pyspark'));
  const place = (name: string) => (name.startsWith('py4j/') ? { path: name, isExecutable: false } : null);
  await unzip(join(archive, 'lib', py4j), python, place, ctx);
  await rm(archive, { recursive: true });
  await quickenStop(join(python, 'pyspark', 'accumulators.py'));
  // Spark itself puts `python/lib/pyspark.zip` on the path of every Python it starts; a folder of that name serves as well, and faster.
  await mkdir(join(home, 'python', 'lib'), { recursive: true });
  await symlink(join('..', '..', '..', 'python'), join(home, 'python', 'lib', 'pyspark.zip'));
}

/** `SparkContext.stop()` waits until a thread of pyspark has looked whether it shall end, which it does once a second: here, 20 times. */
async function quickenStop(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const quick = text.replace('poller.poll(1000)', 'poller.poll(50)').replace('[], [], 1)[0]', '[], [], 0.05)[0]');
  await writeFile(file, quick);
}

/** One time for every file: Java checks those of the jars against what it has archived, Python those of the sources. */
async function normalizeTimes(dir: string): Promise<void> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  await Promise.all(entries.map((entry) => lutimes(join(entry.parentPath, entry.name), COMMON_TIME_S, COMMON_TIME_S)));
}

/** 1980-01-01: the first that zip archives know. */
const COMMON_TIME_S = 315_532_800;

async function compile(dir: string, python: string, deps: ToolchainDeps, ctx: Ctx): Promise<void> {
  ctx.emit({ type: 'step-progress', step: 'toolchain', doing: 'compiles pyspark' });
  const env = { ...deps.env, ...deps.extraEnv };
  const command = { file: python, args: ['-I', '-m', 'compileall', '-q', '-j', '0', dir], env, deadlineMs: 60_000 };
  // Python does it by itself later if this fails.
  await runChild(command, ctx).catch(() => undefined);
  ctx.signal.throwIfAborted();
}
