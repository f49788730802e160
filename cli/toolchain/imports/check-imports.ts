import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod/mini';
import type { Ctx } from '../../../runtime/core/context.ts';
import { writeAtomically } from '../../../runtime/platform/atomic-write.ts';
import { makeFolders } from '../../../runtime/platform/make-folders.ts';
import type { Environment } from '../../packages/machine.ts';
import type { ToolchainDeps } from '../deps.ts';
import type { ImportSource } from './find-imports.ts';
import type { FoundImports } from './imports.ts';

export interface ImportCheck extends ImportSource {
  /** What the job's Python processes have in their environment; PYTHONPATH is what comes after the dependencies. */
  readonly env: Environment;
  /** Folders and archives for PYTHONPATH after the dependencies: Spark's own packages. Absolute. */
  readonly pythonPath: readonly string[];
  /** Where requirements are written down. */
  readonly files: readonly string[];
  /** What else brings modules when the job runs: `--py-files`; `null` when nothing does. */
  readonly elsewhere: string | null;
}

/** Checks that what the application imports is there and loads, with the interpreter and the environment of the job. None of the application's own
 *  code is run; what it imports is, in a process that is thrown away. A good outcome is remembered: the next time nothing is started.
 *  Gives doubts, a sentence each: what loads and yet is older than this Python.
 *  @throws {ToolError} MODULE_NOT_FOUND, IMPORT_FAILED */
export async function checkImports(
  check: ImportCheck,
  /** The folder with the dependencies; `null` where there are none. */
  site: string | null,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<readonly string[]> {
  const file = join(deps.cache, 'imports', `${keyOf(check, site)}.json`);
  const remembered = await recall(file, check);
  if (remembered !== null) return remembered;
  const [{ findImports }, { loadImports }, { doubtsAbout, judgeImports }] = await Promise.all([
    import('./find-imports.ts'),
    import('./load-imports.ts'),
    import('./judge-imports.ts'),
  ]);
  const found = await findImports(check, deps, ctx);
  if (found === null) return [];
  const { python, files, elsewhere } = check;
  const env = { ...check.env, PYTHONPATH: pathFor(check, site), ...deps.extraEnv };
  const settings = { python: python.path, site, env };
  const loaded =
    found.imports.length === 0
      ? { loaded: [], owners: {}, removed: [] }
      : await loadImports(found.imports, settings, ctx);
  const { error, warnings } = judgeImports({ found, loaded, files, python: python.version, elsewhere });
  for (const message of warnings) ctx.emit({ type: 'notice', level: 'warning', message });
  if (error !== null) throw error;
  const outside = loaded.loaded.flatMap(({ place }) => (place === null || place.startsWith(deps.cache) ? [] : [place]));
  const doubts = doubtsAbout(loaded, python.version);
  await remember(file, { found, outside, doubts }, check).catch(() => {});
  return doubts;
}

function pathFor({ pythonPath, env }: ImportCheck, site: string | null): string {
  const own = env.PYTHONPATH === undefined || env.PYTHONPATH === '' ? [] : [env.PYTHONPATH];
  return [...(site === null ? [] : [site]), ...pythonPath, ...own].join(':');
}

/** Changes when what is looked for does. */
const FORMAT = 2;
const KEY_LENGTH = 40;

/** Not the application's folder: a checkout is at another place each time. */
function keyOf(
  { python, entry, folders, archives, env, pythonPath, elsewhere }: ImportCheck,
  site: string | null,
): string {
  const facts = { format: FORMAT, path: python.path, version: python.version, entry, folders };
  const all = {
    ...facts,
    archives: archives.map((path) => basename(path)),
    site,
    pythonPath,
    own: env.PYTHONPATH,
    elsewhere,
  };
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, KEY_LENGTH);
}

const MemorySchema = z.object({
  /** By path relative to the application's folder: what was read, by content. */
  files: z.record(z.string(), z.string()),
  /** Folders that are not ours and that modules came from, by when they changed last. */
  places: z.record(z.string(), z.number()),
  doubts: z.array(z.string()),
});

/** Only what the user's own Python has can change by itself; what we installed never does. */
async function recall(file: string, { appDir }: ImportCheck): Promise<readonly string[] | null> {
  try {
    const { files, places, doubts } = MemorySchema.parse(JSON.parse(await readFile(file, 'utf8')));
    const sums = Object.entries(files).map(async ([path, sum]) => (await sumOf(join(appDir, path))) === sum);
    const times = Object.entries(places).map(async ([path, time]) => (await stat(path)).mtimeMs === time);
    return (await Promise.all([...sums, ...times])).every(Boolean) ? doubts : null;
  } catch {
    return null;
  }
}

interface Outcome {
  readonly found: FoundImports;
  readonly outside: readonly string[];
  readonly doubts: readonly string[];
}

async function remember(file: string, { found, outside, doubts }: Outcome, { appDir }: ImportCheck): Promise<void> {
  const files = found.files.map(async (path) => [path, await sumOf(join(appDir, path))] as const);
  const places = [...new Set(outside)].map(async (path) => [path, (await stat(path)).mtimeMs] as const);
  const memory = {
    files: Object.fromEntries(await Promise.all(files)),
    places: Object.fromEntries(await Promise.all(places)),
    doubts,
  };
  makeFolders(join(file, '..'));
  await writeAtomically(file, JSON.stringify(memory));
}

async function sumOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
