import type { Ctx } from '../../../runtime/core/context.ts';
import { runChild } from '../child.ts';
import type { ToolchainDeps } from '../deps.ts';
import type { PythonInfo } from '../python-probe.ts';
import { FIND_PROGRAM } from './find-program.ts';
import { type FoundImports, FoundImportsSchema } from './imports.ts';

export interface ImportSource {
  readonly python: PythonInfo;
  /** The application's folder, absolute. */
  readonly appDir: string;
  /** Relative to it. */
  readonly entry: string;
  /** Folders of the source that Python imports from, relative to it. */
  readonly folders: readonly string[];
  /** Python files and archives that come with the job, absolute: what is in them is the source's own. */
  readonly archives: readonly string[];
}

/** What the application imports, found by reading: none of its code is run. `null` where it cannot be told (the program that reads it failed). */
export async function findImports(source: ImportSource, deps: ToolchainDeps, ctx: Ctx): Promise<FoundImports | null> {
  const { python, appDir, entry, folders, archives } = source;
  const asked = JSON.stringify({ root: appDir, entry, folders, archives });
  const env = { ...deps.env, ...deps.extraEnv };
  const command = { file: python.path, args: ['-I', '-c', FIND_PROGRAM, asked], env, deadlineMs: DEADLINE_MS };
  const answer = await runChild(command, ctx).catch(() => undefined);
  ctx.signal.throwIfAborted();
  if (answer?.status !== 0) return null;
  return FoundImportsSchema.parse(JSON.parse(answer.stdout));
}

const DEADLINE_MS = 60_000;
