import { ToolError } from '../../runtime/core/errors.ts';
import { SPARK_SERIES } from '../../runtime/core/spark-versions.ts';

/** Refuses tags of a builder that say another Python than it has: `3.12`, `3.12-slim`, `4.2-python3.12`, `py3.12`. What is no Python that a Spark runs on,
 *  as `3.1`, is a number of the user's own.
 *  @throws {ToolError} IMAGE_NAME_INVALID */
export function checkTags(tags: readonly string[], python: string): void {
  for (const tag of tags) {
    const [, , minor] = PYTHON.exec(tag) ?? [];
    if (minor === undefined || !isPython(Number(minor)) || `3.${minor}` === python) continue;
    throw new ToolError('IMAGE_NAME_INVALID', `Cannot tag a builder "${tag}": its Python is ${python}`, {
      details: { tag, python },
      hint: `Tag it "${tag.replace(PYTHON, `$1${python}`)}", or name a base with Python 3.${minor} with --base`,
    });
  }
}

/** At the beginning, or after the word. */
const PYTHON = /(^|py-?|python-?)3\.(\d{1,2})(?!\d)(?:\.\d+)*/i;

function isPython(minor: number): boolean {
  return SPARK_SERIES.some(({ pythonMinors: [first, last] }) => first <= minor && minor <= last);
}
