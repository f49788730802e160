/** Spark's own configuration format (spark-defaults.conf): Java properties. Source: java.util.Properties.load. */
export type Properties = Readonly<Record<string, string>>;

/** `key value`, `key=value` and `key: value`; `#` and `!` begin comments; a `\` at the end of a line continues it. Later keys win. */
export function parseProperties(text: string): Properties {
  const logicalLines = text.replace(/\\\r?\n[ \t]*/g, '').split(/\r?\n/);
  const entries = logicalLines.flatMap((line) => {
    const match = /^\s*([^\s=:#!](?:[^\s=:\\]|\\.)*)(?:\s*[=:]\s*|\s+|$)(.*)$/.exec(line);
    return match ? [[unescapeText(match[1] ?? ''), unescapeText(match[2] ?? '').trimEnd()] as const] : [];
  });
  return Object.fromEntries(entries);
}

export function formatProperties(properties: Properties): string {
  return Object.entries(properties)
    .map(([key, value]) => `${escapeKey(key)}=${escapeValue(value)}\n`)
    .join('');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

function unescapeText(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function escapeKey(key: string): string {
  return escapeValue(key).replace(/[ =:#!]/g, '\\$&');
}

function escapeValue(value: string): string {
  return value
    .replace(/\\/g, '\\\\')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
    .replace(/^ /, '\\ ')
    .replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
