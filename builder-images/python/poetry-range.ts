/** `^1.2.3` → `>=1.2.3,<2.0.0`: up to the next change of the first part that is not zero.
 *  Source: Poetry's "Dependency specification", "Caret requirements". */
export function caretRange(version: string): string {
  const parts = releaseParts(version);
  const first = parts.findIndex((part) => part > 0);
  return range(version, parts, first < 0 ? parts.length - 1 : first);
}

/** `~1.2.3` → `>=1.2.3,<1.3`: up to the next minor; `~1` → `>=1,<2`. */
export function tildeRange(version: string): string {
  const parts = releaseParts(version);
  return range(version, parts, Math.min(1, parts.length - 1));
}

function range(version: string, parts: readonly number[], raised: number): string {
  const upper = parts.slice(0, raised + 1).map((part, index) => (index === raised ? part + 1 : part));
  return `>=${version},<${upper.join('.')}`;
}

function releaseParts(version: string): readonly number[] {
  const [release = '0'] = /^\d+(?:\.\d+)*/.exec(version) ?? [];
  return release.split('.').map(Number);
}
