/** Columns as wide as their widest cell, two spaces between, nothing after the last. */
export async function table(head: readonly string[], rows: readonly (readonly string[])[]): Promise<string> {
  const all = [head, ...rows];
  const width = await widthFor(all);
  const widths = head.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const PLAIN = /^[\x20-\x7e]*$/;

/** Loading what knows the width of every character takes longer than most commands that show a table. */
async function widthFor(rows: readonly (readonly string[])[]): Promise<(text: string) => number> {
  if (rows.every((row) => row.every((cell) => PLAIN.test(cell)))) return (text) => text.length;
  const { default: stringWidth } = await import('string-width');
  return stringWidth;
}
