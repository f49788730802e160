import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import type { DependencyInput } from '../builder.ts';
import type { Dependencies } from './dependencies.ts';
import type { RequirementLine } from './requirement-set.ts';
import { sparkExtras } from './spark-extras.ts';

/** What is installed for an application, as one text; `null` when that is nothing. */
export function dependencyInput({ set, isUvLock, pyspark }: Dependencies, series: SparkSeries): DependencyInput | null {
  if (isUvLock) return { kind: 'uv-lock', files: ['pyproject.toml', 'uv.lock'] };
  if (set === null) return null;
  const { lines, constraints, requireHashes, files } = set;
  // A list with hashes is complete: it has what the extras ask for, and takes nothing without a hash.
  const extras = requireHashes
    ? []
    : sparkExtras(
        pyspark.flatMap(({ requirement }) => requirement.extras),
        series,
      );
  const asksForNothing = lines.every(({ text }) => text.startsWith('-')) && extras.length === 0;
  if (asksForNothing) return null;
  return {
    kind: 'requirements',
    requirements: [...lines.map(({ text }) => text), ...extras].map(endLine).join(''),
    constraints: withoutHashes(constraints, requireHashes).map(endLine).join(''),
    requireHashes,
    files,
  };
}

/** Hashes in a constraints file would make every requirement need one. */
function withoutHashes(constraints: readonly RequirementLine[], requireHashes: boolean): readonly string[] {
  const texts = constraints.map(({ text }) => text);
  return requireHashes ? texts : texts.map((text) => text.replace(/\s+--hash[\s=]\S+/g, ''));
}

function endLine(text: string): string {
  return `${text}\n`;
}
