import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { Environment } from '../../packages/machine.ts';
import { runChild } from '../child.ts';
import type { FoundImport, Loaded, LoadedImports } from './imports.ts';
import { LOAD_PROGRAM } from './load-program.ts';

export interface LoadSettings {
  /** The interpreter. */
  readonly python: string;
  /** That of the job, with PYTHONPATH. */
  readonly env: Environment;
  /** The folder with the dependencies; `null` where there are none. */
  readonly site: string | null;
  /** For all of them together; default 3 minutes: the first import of a large package compiles it. */
  readonly deadlineMs?: number;
}

/** Imports each in processes that are thrown away. One that ends its process or never ends is told as broken, and the rest goes on. */
export async function loadImports(
  imports: readonly FoundImport[],
  settings: LoadSettings,
  ctx: Ctx,
): Promise<LoadedImports> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-imports-'));
  const loaded: Loaded[] = [];
  let { owners, removed }: Told = { owners: {}, removed: [] };
  try {
    // Each process gets further by at least one module.
    for (let tries = 0; tries <= imports.length; tries += 1) {
      const report = join(folder, `report-${tries}`);
      const problem = await loadFrom(loaded.length, imports, report, { ...settings, folder }, ctx);
      const told = readReport(await readFile(report, 'utf8').catch(() => ''));
      loaded.push(...told.loaded);
      if (told.rest !== null) ({ owners, removed } = told.rest);
      if (told.rest !== null || loaded.length >= imports.length) break;
      loaded.push({ ...NOTHING, state: 'broken', problem });
    }
    return { loaded, owners, removed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const DEADLINE_MS = 3 * 60_000;
const NOTHING = { problem: null, lacks: null, place: null } as const;

/** Gives what ended the process, for the module that it was at. */
async function loadFrom(
  first: number,
  imports: readonly FoundImport[],
  report: string,
  settings: LoadSettings & { readonly folder: string },
  ctx: Ctx,
): Promise<string> {
  const { python, env, site, folder, deadlineMs = DEADLINE_MS } = settings;
  const wanted = JSON.stringify(imports.map(({ module, names }) => [module, names]));
  const args = ['-c', LOAD_PROGRAM, report, wanted, String(first), site ?? ''];
  try {
    const { status } = await runChild({ file: python, args, env, cwd: folder, deadlineMs }, ctx);
    return `it ends Python with ${status === null ? 'a signal' : `status ${status}`}`;
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof Error && error.name === 'TimeoutError') return `it took longer than ${deadlineMs / 1_000} s`;
    throw error;
  }
}

const LineSchema = z.object({
  end: z.optional(z.number()),
  state: z.optional(z.enum(['there', 'missing', 'broken'])),
  problem: z.optional(z.nullable(z.string())),
  lacks: z.optional(z.nullable(z.string())),
  place: z.optional(z.nullable(z.string())),
  owners: z.optional(z.record(z.string(), z.tuple([z.string(), z.string()]))),
  removed: z.optional(z.array(z.object({ module: z.string(), line: z.number(), uses: z.string() }))),
});

type Told = Pick<LoadedImports, 'owners' | 'removed'>;

/** What comes at the end is `null` where the process did not come to its own. */
function readReport(text: string): { readonly loaded: readonly Loaded[]; readonly rest: Told | null } {
  // The last line may be half a line: the process was killed as it wrote.
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => LineSchema.parse(JSON.parse(line)));
  const loaded = lines.flatMap(({ end, state, problem = null, lacks = null, place = null }) =>
    end === undefined || state === undefined ? [] : [{ state, problem, lacks, place }],
  );
  const { owners, removed = [] } = lines.at(-1) ?? {};
  return { loaded, rest: owners === undefined ? null : { owners, removed } };
}
