import { ToolError } from '../../runtime/core/errors.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import type { Libc } from '../packages/machine.ts';
import { formatLibc } from './architectures.ts';
import { checkTags } from './check-tags.ts';
import type { RecipeInput } from './recipe.ts';
import type { BasePython } from './survey-base.ts';

/** The Python of a base that is asked for, if a Spark runs on it and no tag says another.
 *  @throws {ToolError} BASE_UNSUPPORTED when the base has none, or not that one; PYTHON_UNSUPPORTED; IMAGE_NAME_INVALID */
export function choosePython({ facts, python, baseName, tags }: RecipeInput, series: SparkSeries): BasePython {
  const chosen = python === null ? facts.pythons[0] : facts.pythons.find(({ minor }) => minor === python);
  if (chosen === undefined) {
    const has = facts.pythons.map(({ minor }) => minor).join(' and ');
    if (has === '')
      throw unsupported(baseName, 'it has no python3 in its PATH', 'Name a base that has Python with --base');
    throw unsupported(baseName, `it has Python ${has}, and not ${python}`, 'Name one that it has with --python');
  }
  const [first, last] = series.pythonMinors;
  const minor = Number(chosen.minor.slice('3.'.length));
  if (minor >= first && minor <= last) {
    checkTags(tags, chosen.minor);
    return chosen;
  }
  throw new ToolError(
    'PYTHON_UNSUPPORTED',
    `Cannot make a builder on "${baseName}": it has Python ${chosen.minor}, and Spark ${series.series} runs on 3.${first} to 3.${last}`,
    { hint: 'Name another base with --base, or another Spark with --spark', details: { base: baseName } },
  );
}

/** The libc of a base, if the programs that are put on it run there.
 *  @throws {ToolError} BASE_UNSUPPORTED */
export function chooseLibc({ facts, libc, baseName }: Pick<RecipeInput, 'facts' | 'libc' | 'baseName'>): Libc {
  const chosen = libc ?? facts.libc;
  if (chosen === null) {
    throw unsupported(baseName, 'its libc is not where one looks for it', 'Say what it has with --libc glibc-2.36');
  }
  const [major, minor] = chosen.version;
  if (chosen.kind === 'glibc' && (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]))) return chosen;
  const has = formatLibc(chosen);
  throw unsupported(
    baseName,
    `it has ${has}, and Node needs glibc-${LEAST.join('.')}`,
    'Name a newer base with --base',
  );
}

/** Source: BUILDING.md of Node 24, "Platform list". */
const LEAST = [2, 28] as const;

export function unsupported(base: string, why: string, hint: string): ToolError {
  return new ToolError('BASE_UNSUPPORTED', `Cannot make a builder on "${base}": ${why}`, { hint, details: { base } });
}

/** The PATH of a base with folders in front. */
export function pathBefore(env: readonly string[] | undefined, folders: readonly string[]): string {
  const path = env?.findLast((line) => line.startsWith('PATH='))?.slice('PATH='.length) || DEFAULT_PATH;
  return [...folders, path].join(':');
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
