/** Whether a Python source makes a SparkSession or a SparkContext, outside of strings and comments. Linear in its length. */
export function makesSpark(source: string): boolean {
  if (!source.includes('SparkSession') && !source.includes('SparkContext')) return false;
  return MAKES_SPARK.test(withoutText(source, { strings: true }));
}

/** The masters that a source sets itself, such as `local[*]`, in the order in which they are there. */
export function hardCodedMasters(source: string): readonly string[] {
  const code = withoutText(source, { strings: false });
  return [...new Set(Array.from(code.matchAll(SETS_MASTER), (match) => match[1] ?? ''))];
}

/** The source as it is, without its comments. */
export function withoutComments(source: string): string {
  return withoutText(source, { strings: false });
}

const MAKES_SPARK =
  /\bSparkSession[\s\\]*(?:\.[\s\\]*(?:builder|Builder)\b|\()|\bSparkContext[\s\\]*(?:\.[\s\\]*getOrCreate\b|\()/;

/** `.master("local")`, `.setMaster('local[2]')`, `.config("spark.master", "local")`, `.set("spark.master", …)` */
const SETS_MASTER =
  /\.(?:(?:master|setMaster)\s*\(|(?:config|set)\s*\(\s*["']spark\.master["']\s*,)\s*["']([^"'\n]{1,200})["']/g;

/** The source without comments, and, when asked, with every string empty. A scanner and not an expression: no input makes it slow. */
function withoutText(source: string, drop: { readonly strings: boolean }): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = nextMark(source, 0); at < source.length; at = nextMark(source, from)) {
    kept.push(source.slice(from, at));
    const isComment = source[at] === '#';
    from = isComment ? endOfLine(source, at) : endOfString(source, at);
    if (!isComment) kept.push(drop.strings ? '""' : source.slice(at, from));
  }
  return kept.join('') + source.slice(from);
}

function nextMark(source: string, from: number): number {
  let at = from;
  while (at < source.length && !`"'#`.includes(source.charAt(at))) at += 1;
  return at;
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}

function endOfString(source: string, start: number): number {
  const quote = source.charAt(start);
  const isTriple = source.startsWith(quote.repeat(3), start);
  const close = isTriple ? quote.repeat(3) : quote;
  for (let at = start + close.length; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source.startsWith(close, at)) return at + close.length;
    else if (!isTriple && source[at] === '\n') return at;
  }
  return source.length;
}
