import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { satisfies, validRange } from '@renovatebot/pep440';
import * as z from 'zod/mini';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { DependenciesWanted } from '../dependencies.ts';

/** Refuses a lock that was made for other Pythons than this one: what it names need not run here.
 *  @throws {ToolError} PYTHON_UNSUPPORTED */
export async function checkLockPython({
  input,
  appDir,
  python,
}: Pick<DependenciesWanted, 'input' | 'appDir' | 'python'>): Promise<void> {
  const files: readonly string[] = input.files;
  for (const { file, command, pythonsOf } of LOCKS.filter((lock) => files.includes(lock.file))) {
    const wanted = pythonsOf(await readFile(join(appDir, file), 'utf8'));
    if (wanted === undefined || satisfies(python.version, rangeOf(wanted))) continue;
    throw new ToolError(
      'PYTHON_UNSUPPORTED',
      `Cannot install from ${file}: it is for Python ${wanted}, and "${python.path}" is ${python.version}`,
      {
        hint: `Name a Python that the lock is for with --python, or make the lock anew with "${command}"`,
        details: { file, wanted, python: python.version },
      },
    );
  }
}

interface Lock {
  readonly file: string;
  readonly command: string;
  /** The Pythons that it is for, as it says it; `undefined` where it does not. */
  readonly pythonsOf: (text: string) => string | undefined;
}

const LOCKS: readonly Lock[] = [
  { file: 'uv.lock', command: 'uv lock', pythonsOf: (text) => /^requires-python\s*=\s*"([^"]+)"/m.exec(text)?.[1] },
  { file: 'Pipfile.lock', command: 'pipenv lock', pythonsOf: pythonsOfPipfile },
];

const PipfileSchema = z.object({
  _meta: z.object({
    requires: z.object({ python_version: z.optional(z.string()), python_full_version: z.optional(z.string()) }),
  }),
});

function pythonsOfPipfile(text: string): string | undefined {
  const { success, data } = PipfileSchema.safeParse(JSON.parse(text));
  const wanted = success ? (data._meta.requires.python_full_version ?? data._meta.requires.python_version) : undefined;
  return wanted === undefined || !validRange(rangeOf(wanted)) ? undefined : wanted;
}

/** `3.6.8` → `==3.6.*`: what is locked for one release of a Python fits the others, its wheels are the same. */
function rangeOf(wanted: string): string {
  const [, minor] = /^(\d+(?:\.\d+)?)(?:\.\d+)?$/.exec(wanted) ?? [];
  return minor === undefined ? wanted : `==${minor}.*`;
}
