import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { ChildResult } from '../child.ts';
import { readRequirements } from '../requirement.ts';
import { runUv, type UvRun } from '../run-uv.ts';
import { BUILT_FRAMES, FRAME_PACKAGES } from './frames.ts';
import { optionLines } from './lock-text.ts';
import type { Rung } from './rungs.ts';

export interface SetWanted {
  /** In the format of requirements.txt. */
  readonly requirements: string;
  /** Lines of a constraints file. */
  readonly constraints: readonly string[];
  /** Options of uv that narrow what is taken. */
  readonly target: readonly string[];
  /** Gets the files that uv reads. */
  readonly folder: string;
}

export interface ResolvedSet {
  readonly result: ChildResult;
  /** Exact versions with the hashes of all their files, and the options that say where they come from; empty where there is none. */
  readonly lock: string;
}

/** Finds the set of packages as of a rung of the ladder, for this Python, without pyspark and py4j. Installs nothing; a package that says what
 *  it needs only when it is built is built. A failure is in `result`. */
export async function resolveSet(wanted: SetWanted, rung: Rung, run: UvRun, ctx: Ctx): Promise<ResolvedSet> {
  const { requirements, constraints, folder, target } = wanted;
  const [list, limits, excluded] = ['asked.txt', 'constraints.txt', 'excluded.txt'].map((name) => join(folder, name));
  await Promise.all([
    writeFile(list ?? '', requirements),
    writeFile(limits ?? '', `${constraints.join('\n')}\n`),
    writeFile(excluded ?? '', 'pyspark\npy4j\n'),
  ]);
  const files = [list ?? '', '-c', limits ?? '', '--excludes', excluded ?? ''];
  const narrowed = [...rungOptions(rung, requirements), ...target];
  const result = await runUv(run, ['pip', 'compile', ...files, ...OPTIONS, ...narrowed], ctx);
  const options = optionLines(requirements).map((line) => `${line}\n`);
  return { result, lock: result.status === 0 ? [...options, result.stdout].join('') : '' };
}

const OPTIONS = ['--generate-hashes', '--no-header', '--no-annotate', '--no-python-downloads', '--quiet'];

/** How uv is held to the time of a rung, for resolving as for what it needs to build packages. */
export function rungOptions({ at, framesAt }: Rung, requirements: string): readonly string[] {
  if (at === null) return [];
  const frames = framesAt === null ? [] : FRAME_PACKAGES.map((name) => `${name}=${framesAt}`);
  return [
    ...['--exclude-newer', at],
    ...frames.flatMap((text) => ['--exclude-newer-package', text]),
    ...notBuilt(requirements).flatMap((name) => ['--only-binary', name]),
  ];
}

/** Where the application itself asks for one version of them, that one is built when it must be. */
function notBuilt(requirements: string): readonly string[] {
  if (requirements.includes('--no-binary')) return [];
  const pinned = readRequirements(requirements).filter(({ specifiers }) => /^===?[^,*]+$/.test(specifiers));
  return BUILT_FRAMES.filter((name) => !pinned.some((one) => one.name === name));
}
