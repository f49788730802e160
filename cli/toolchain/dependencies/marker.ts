import { satisfies, validRange } from '@renovatebot/pep440';

/** What the machine is that packages are for, by the variables of markers: `sys_platform`, `python_version`. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** Whether the marker of a requirement holds: `sys_platform == 'win32' and python_version < '3.11'`. What cannot be weighed holds.
 *  Source: packaging.python.org, "Dependency specifiers". */
export function markerHolds(marker: string, environment: MarkerEnvironment): boolean {
  const tokens = marker.match(TOKEN) ?? [];
  let at = 0;
  const take = (): string => {
    at += 1;
    return tokens[at - 1] ?? '';
  };
  const isNext = (word: string): boolean => tokens[at] === word && take() === word;
  const comparison = (): boolean => {
    if (isNext('(')) {
      const holds = anyOf();
      take();
      return holds;
    }
    const left = take();
    const operator = isNext('not') ? `not ${take()}` : take();
    return compare({ left, operator, right: take() }, environment);
  };
  const allOf = (): boolean => {
    const parts = [comparison()];
    while (isNext('and')) parts.push(comparison());
    return parts.every(Boolean);
  };
  const anyOf = (): boolean => {
    const parts = [allOf()];
    while (isNext('or')) parts.push(allOf());
    return parts.some(Boolean);
  };
  return anyOf();
}

const TOKEN = /\(|\)|'[^']*'|"[^"]*"|[<>=!~]+|[A-Za-z_.]+/g;
const VERSIONS = new Set(['python_version', 'python_full_version', 'implementation_version']);
const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

interface Comparison {
  readonly left: string;
  readonly operator: string;
  readonly right: string;
}

function compare({ left, operator, right }: Comparison, environment: MarkerEnvironment): boolean {
  const [one, other] = [left, right].map((text) => meaningOf(text, environment));
  if (one === undefined || other === undefined) return true;
  if (operator.endsWith('in')) {
    const isIn = VERSIONS.has(left) ? other.split(/[\s,]+/).includes(one) : other.includes(one);
    return isIn !== operator.startsWith('not');
  }
  if (VERSIONS.has(left)) return isInRange(one, operator + other);
  if (VERSIONS.has(right)) return isInRange(other, (FLIPPED[operator] ?? operator) + one);
  if (operator === '==' || operator === '===') return one === other;
  return operator === '!=' ? one !== other : true;
}

function isInRange(version: string, range: string): boolean {
  return !validRange(range) || satisfies(version, range, { prereleases: true });
}

function meaningOf(text: string, environment: MarkerEnvironment): string | undefined {
  return /^['"]/.test(text) ? text.slice(1, -1) : environment[text];
}
