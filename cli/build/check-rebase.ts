import { ToolError } from '../../runtime/core/errors.ts';
import { BUILDER_LABELS, type BuilderFacts, parseLibc } from './builder-labels.ts';

/** Refuses to put layers onto a builder that they were not made for: another Spark, another Python, an older libc.
 *  `labels` are those of the image, which has them from its builder.
 *  @throws {ToolError} BUILDER_MISMATCH */
export function checkRebase(name: string, labels: Readonly<Record<string, string>>, facts: BuilderFacts): void {
  const { spark, python, libc } = BUILDER_LABELS;
  const old = parseLibc(labels[libc] ?? '');
  const mismatches = [
    ...(labels[spark] === facts.spark ? [] : [`Spark ${labels[spark]}, and the builder ${facts.spark}`]),
    ...(labels[python] === facts.python ? [] : [`Python ${labels[python]}, and the builder ${facts.python}`]),
    ...(old !== undefined && isAtLeast(facts.libc, old) ? [] : [`${labels[libc]}, and the builder another one`]),
  ];
  if (mismatches.length === 0) return;
  throw new ToolError('BUILDER_MISMATCH', `Cannot rebase "${name}": it was made for ${mismatches.join('; ')}`, {
    hint: 'Build it again on that builder',
  });
}

function isAtLeast(now: BuilderFacts['libc'], old: BuilderFacts['libc']): boolean {
  const [major, minor] = now.version;
  const [oldMajor, oldMinor] = old.version;
  return now.kind === old.kind && (major > oldMajor || (major === oldMajor && minor >= oldMinor));
}
