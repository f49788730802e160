import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import type { Environment } from '../packages/machine.ts';
import type { PackageSource, ToolchainDeps } from '../toolchain/deps.ts';
import { formatCoordinates } from './coordinates.ts';
import { type JarLock, lockJars, parseJarLock } from './jar-lock.ts';
import type { JarsWanted } from './jars-wanted.ts';

export interface ResolveInput {
  readonly wanted: JarsWanted;
  /** SPARK_HOME */
  readonly spark: string;
  readonly series: SparkSeries;
  /** JAVA_HOME */
  readonly java: string;
  /** For a path to Ivy settings. */
  readonly appDir: string;
  /** The trust store of Java's processes; `null` leaves them theirs. */
  readonly trustStore: string | null;
}

export interface ResolvedJars {
  /** Absolute paths. */
  readonly jars: readonly string[];
  /** Those of them that have Python modules in them. */
  readonly pythonJars: readonly string[];
  /** All of them where one has a JDBC driver, which may need the others; else none. */
  readonly classPathJars: readonly string[];
  readonly lock: JarLock;
}

/** The jars of packages and of what they need, resolved by Ivy when they are not in the cache, with a lock document beside them. What is there
 *  asks no network and starts no JVM. A package whose version may change (a snapshot, a range) is resolved once a day.
 *  @throws {ToolError} JAR_NOT_FOUND, JARS_FAILED, MAVEN_UNREACHABLE, MAVEN_AUTH, HASH_MISMATCH, USAGE, CONFIG_INVALID, and what the cache throws */
export async function resolveJars(
  input: ResolveInput,
  source: PackageSource,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<ResolvedJars> {
  const settingsPath = ivySettingsPath(input);
  const ivySettings = settingsPath === null ? null : await readFile(settingsPath, 'utf8').catch(() => settingsPath);
  const key = jarsKey(input, ivySettings, ctx.now());
  const entry = {
    cache: deps.cache,
    key: `jars/${key}`,
    what: 'the packages',
    step: 'packages',
    pid: deps.pid,
  } as const;
  const make = async (dir: string) => {
    const { fetchJars } = await import('./fetch-jars.ts');
    const scratch = join(dir, 'scratch');
    const env: Environment = { ...deps.env, ...deps.extraEnv };
    const report = join(deps.cache, 'jars', `${key}.log`);
    const places = { settingsPath, scratch, target: join(dir, 'jars'), report };
    await fetchJars({ ...input, ...places, env }, { source, deps }, ctx);
    await rm(report, { force: true });
    await rm(scratch, { recursive: true, force: true });
    const provided = await readdir(join(input.spark, 'jars'));
    const lock = await lockJars({ wanted: input.wanted, folder: join(dir, 'jars'), provided }, ctx);
    await writeFile(join(dir, LOCK), `${JSON.stringify(lock, null, 2)}\n`);
  };
  const path = await withCacheEntry(entry, make, ctx);
  return jarsOf(parseJarLock(await readFile(join(path, LOCK), 'utf8')), join(path, 'jars'));
}

const LOCK = 'lock.json';
/** Changes when what is kept in an entry does. */
const FORMAT = 3;
const KEY_LENGTH = 40;
const DAY_MS = 24 * 60 * 60_000;

function jarsKey({ wanted, series }: ResolveInput, ivySettings: string | null, now: number): string {
  const isChanging = wanted.packages.some(({ version }) => /-SNAPSHOT$|^latest\.|\+$|[[\](),]/.test(version));
  const facts = {
    format: FORMAT,
    packages: wanted.packages.map(formatCoordinates).toSorted(),
    excluded: wanted.excluded.map(({ group, artifact }) => `${group}:${artifact}`).toSorted(),
    repositories: wanted.repositories,
    ivySettings,
    spark: series.series,
    scala: series.scala,
    day: isChanging ? Math.floor(now / DAY_MS) : null,
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, KEY_LENGTH);
}

function jarsOf(lock: JarLock, folder: string): ResolvedJars {
  const { jars } = lock;
  const paths = (chosen: JarLock['jars']) => chosen.map(({ file }) => join(folder, file));
  return {
    jars: paths(jars),
    pythonJars: paths(jars.filter(({ hasPython }) => hasPython)),
    classPathJars: jars.some(({ hasJdbcDriver }) => hasJdbcDriver) ? paths(jars) : [],
    lock,
  };
}

/** A path is the application's; a URL is Ivy's business. */
function ivySettingsPath({ wanted, appDir }: ResolveInput): string | null {
  const { ivySettings } = wanted;
  if (ivySettings === null) return null;
  if (/^https?:/.test(ivySettings)) return ivySettings;
  return resolve(appDir, ivySettings.replace(/^file:(\/\/)?/, ''));
}
