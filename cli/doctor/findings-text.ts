import type { CheckResult } from './check.ts';

const MARKS = { ok: '✓', warning: '!', failure: '✗' } as const;

/** A line each, a remedy below where there is one, and how it went in the last line. */
export function findingsText(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.flatMap(({ name, state, detail, remedy }) => [
    `${MARKS[state]} ${name.padEnd(width)}  ${detail}`,
    ...(remedy === null ? [] : [`  ${' '.repeat(width)}  → ${remedy}`]),
  ]);
  return [...lines, '', summary(results)].join('\n');
}

/** `all 10 checks passed`, `1 of 10 checks failed, 2 warnings` */
export function summary(results: readonly CheckResult[]): string {
  const count = (state: CheckResult['state']): number => results.filter((result) => result.state === state).length;
  const [failed, warned] = [count('failure'), count('warning')];
  if (failed + warned === 0) return `all ${results.length} checks passed`;
  const first = failed === 0 ? 'no check failed' : `${failed} of ${results.length} checks failed`;
  return warned === 0 ? first : `${first}, ${warned} ${warned === 1 ? 'warning' : 'warnings'}`;
}
