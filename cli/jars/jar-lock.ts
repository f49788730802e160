import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import type { Ctx } from '../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';
import { formatCoordinates } from './coordinates.ts';
import type { JarsWanted } from './jars-wanted.ts';

const JarLockSchema = z.object({
  version: z.literal(2),
  packages: z.array(z.string()),
  jars: z.array(
    z.object({
      file: z.string(),
      group: z.string(),
      artifact: z.string(),
      version: z.string(),
      classifier: z.nullable(z.string()),
      bytes: z.number(),
      sha256: z.string(),
      hasPython: z.boolean(),
      hasJdbcDriver: z.boolean(),
    }),
  ),
});

/** What packages were resolved to. */
export type JarLock = z.infer<typeof JarLockSchema>;

/** One of them. A file's name alone does not say where its artifact ends and its version begins. */
export type LockedJar = Readonly<JarLock['jars'][number]>;

/** @throws when the text is no lock document */
export function parseJarLock(text: string): JarLock {
  return JarLockSchema.parse(JSON.parse(text));
}

export interface LockInput {
  readonly wanted: JarsWanted;
  /** With the jars as Ivy has put them there, in `group/artifact/version`; afterwards all are in the folder itself. */
  readonly folder: string;
  /** Names of the jars that Spark has: the same files are deleted from `folder`, no executor need fetch them. */
  readonly provided: readonly string[];
}

/** Writes down what is in a folder of jars.
 *  @throws {ToolError} HASH_MISMATCH for a file that is no jar */
export async function lockJars({ wanted, folder, provided }: LockInput, ctx: Ctx): Promise<JarLock> {
  const isOurs = ({ file }: PlacedJar) => file.endsWith('.jar') && !provided.some((jar) => file.endsWith(`_${jar}`));
  const placed = (await placedJars(folder)).filter(isOurs);
  const jars = [];
  for (const { path, ...names } of placed) {
    const place = join(folder, names.file);
    await rename(path, place);
    const { size } = await stat(place);
    jars.push({
      ...names,
      bytes: size,
      sha256: await sha256Of(place, ctx),
      ...(await reading(names.file, () => contentsOf(place))),
    });
  }
  const kept = new Set(jars.map(({ file }) => file));
  const others = (await readdir(folder).catch(() => [])).filter((name) => !kept.has(name));
  await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true })));
  return { version: 2, packages: wanted.packages.map(formatCoordinates).toSorted(), jars };
}

interface PlacedJar extends Pick<LockedJar, 'file' | 'group' | 'artifact' | 'version' | 'classifier'> {
  readonly path: string;
}

/** In the order of their names. */
async function placedJars(folder: string): Promise<readonly PlacedJar[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const placed = files.map(({ name: file, parentPath }) => {
    const [group = '', artifact = '', version = ''] = relative(folder, parentPath).split(sep);
    const rest = file.slice(`${group}_${artifact}-${version}`.length, -'.jar'.length);
    const classifier = rest.startsWith('-') ? rest.slice(1) : null;
    return { file, path: join(parentPath, file), group, artifact, version, classifier };
  });
  return placed.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

async function sha256Of(path: string, ctx: Ctx): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal: ctx.signal });
  return hash.digest('hex');
}

/** A repository that has no checksum for a file may send anything: the page of a proxy that wants a login.
 *  @throws {ToolError} HASH_MISMATCH for what the reader of archives refuses */
async function reading<T>(filename: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (systemCode(cause) !== undefined) throw cause;
    const message = `Cannot use the jar "${filename}": it is damaged, or none`;
    throw new ToolError('HASH_MISMATCH', message, { cause, details: { filename } });
  }
}

/** Some packages bring Python modules: spark-submit puts every jar of a package on Python's path, here only those go there. */
async function contentsOf(path: string): Promise<{ readonly hasPython: boolean; readonly hasJdbcDriver: boolean }> {
  const { openPromise } = await import('../packages/zip-reader.ts');
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    let [hasPython, hasJdbcDriver] = [false, false];
    for await (const { fileName } of zip.eachEntry()) {
      hasPython ||= fileName.endsWith('.py');
      hasJdbcDriver ||= fileName === 'META-INF/services/java.sql.Driver';
    }
    return { hasPython, hasJdbcDriver };
  } finally {
    zip.close();
  }
}
