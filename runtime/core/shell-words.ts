import { ToolError } from './errors.ts';

/** Splits a text into words as a POSIX shell would: blanks part, quotes and backslashes hold together. No expansion of any kind.
 *  Written here because string-argv knows no backslash and accepts an open quote, and shlex keeps the backslash of `"\$"`.
 *  @throws {ToolError} USAGE naming `variable` for a quote that is not closed
 *  Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting. */
export function splitShellWords(text: string, variable: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    if (text.startsWith(LINE_CONTINUATION, at)) {
      at += LINE_CONTINUATION.length;
      continue;
    }
    const { value, end } = readPiece(text, at, variable);
    if (value === undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + value;
    }
    at = end;
  }
  return word === undefined ? words : [...words, word];
}

/** A text that splitShellWords splits into these words again; those that need no quotes have none. */
export function joinShellWords(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

const PLAIN = /^[\w@%+=:,./-]+$/;

interface Piece {
  /** `undefined`: blanks, the end of a word. */
  readonly value: string | undefined;
  readonly end: number;
}

const BLANKS = ' \t\r\n';
const LINE_CONTINUATION = '\\\n';

function readPiece(text: string, at: number, variable: string): Piece {
  const char = text.charAt(at);
  if (BLANKS.includes(char)) return { value: undefined, end: at + 1 };
  if (char === "'") return readSingleQuoted(text, at, variable);
  if (char === '"') return readDoubleQuoted(text, at, variable);
  if (char !== '\\') return { value: char, end: at + 1 };
  // A backslash at the very end stands for itself, as in a shell.
  return { value: text.charAt(at + 1) || '\\', end: at + 2 };
}

function readSingleQuoted(text: string, at: number, variable: string): Piece {
  const end = text.indexOf("'", at + 1);
  if (end < 0) throw unclosed(text, at, variable);
  return { value: text.slice(at + 1, end), end: end + 1 };
}

const ESCAPED_IN_DOUBLE_QUOTES = '$`"\\';

function readDoubleQuoted(text: string, start: number, variable: string): Piece {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { value, end: at + 1 };
    const next = text.charAt(at + 1);
    if (char === '\\' && next === '\n') at += 1;
    else if (char === '\\' && next !== '' && ESCAPED_IN_DOUBLE_QUOTES.includes(next)) {
      value += next;
      at += 1;
    } else value += char;
  }
  throw unclosed(text, start, variable);
}

function unclosed(text: string, at: number, variable: string): ToolError {
  const message = `Cannot split ${variable} into words: the quote at character ${at + 1} is not closed`;
  return new ToolError('USAGE', message, {
    hint: `Close the quote in ${variable}, or write a backslash before it`,
    details: { variable, character: at + 1, length: text.length },
  });
}
