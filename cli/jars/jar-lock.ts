import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod/mini';
import type { Ctx } from '../../runtime/core/context.ts';
import { formatCoordinates } from './coordinates.ts';
import type { JarsWanted } from './jars-wanted.ts';

const JarLockSchema = z.object({
  version: z.literal(1),
  packages: z.array(z.string()),
  jars: z.array(
    z.object({
      file: z.string(),
      bytes: z.number(),
      sha256: z.string(),
      hasPython: z.boolean(),
      hasJdbcDriver: z.boolean(),
    }),
  ),
});

/** What packages were resolved to. */
export type JarLock = z.infer<typeof JarLockSchema>;

/** @throws when the text is no lock document */
export function parseJarLock(text: string): JarLock {
  return JarLockSchema.parse(JSON.parse(text));
}

export interface LockInput {
  readonly wanted: JarsWanted;
  readonly folder: string;
  /** Names of the jars that Spark has: the same files are deleted from `folder`, no executor need fetch them. */
  readonly provided: readonly string[];
}

/** Writes down what is in a folder of jars. */
export async function lockJars({ wanted, folder, provided }: LockInput, ctx: Ctx): Promise<JarLock> {
  const names = (await readdir(folder).catch(() => [])).toSorted();
  const isOurs = (name: string) => name.endsWith('.jar') && !provided.some((jar) => name.endsWith(`_${jar}`));
  await Promise.all(names.filter((name) => !isOurs(name)).map((name) => rm(join(folder, name), { recursive: true })));
  const jars = [];
  for (const file of names.filter(isOurs)) {
    const path = join(folder, file);
    const { size } = await stat(path);
    jars.push({ file, bytes: size, sha256: await sha256Of(path, ctx), ...(await contentsOf(path)) });
  }
  return { version: 1, packages: wanted.packages.map(formatCoordinates).toSorted(), jars };
}

async function sha256Of(path: string, ctx: Ctx): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal: ctx.signal });
  return hash.digest('hex');
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
