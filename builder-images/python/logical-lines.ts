export interface LogicalLine {
  /** Without comments; continued lines are one, with a blank where they were joined. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly number: number;
}

/** The lines of a requirements file that say something. Source: pip, `req_file.py` (join_lines, ignore_comments). */
export function logicalLines(text: string): readonly LogicalLine[] {
  const found: LogicalLine[] = [];
  let open: { parts: string[]; number: number } | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const isComment = raw.trimStart().startsWith('#');
    open ??= { parts: [], number: index + 1 };
    const goesOn = raw.endsWith('\\') && !isComment;
    open.parts.push(withoutComment(goesOn ? raw.slice(0, -1) : raw));
    if (goesOn) continue;
    found.push({ text: open.parts.join(' ').trim(), number: open.number });
    open = undefined;
  }
  if (open) found.push({ text: open.parts.join(' ').trim(), number: open.number });
  return found.filter((line) => line.text !== '');
}

/** A `#` begins a comment at the start of a line or after a blank; in a URL it does not. */
function withoutComment(line: string): string {
  const at = line.startsWith('#') ? 0 : line.search(/\s#/);
  return (at < 0 ? line : line.slice(0, at)).trim();
}
