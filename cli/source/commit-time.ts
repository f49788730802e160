/** A committer's time as git writes it; `null` for one that cannot be computed with: git takes years of five digits, ISO 8601 and Node do not. */
export function commitTimeFrom(text: string): string | null {
  const time = text.trim();
  return Number.isNaN(Date.parse(time)) ? null : time;
}
