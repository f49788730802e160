import { createHash } from 'node:crypto';

/** A program of `bin/` with the Python of this machine taken out of its first line: the image's own is found by PATH. `undefined` for what names
 *  no Python by its place, and stays as it is. Source: the two forms that uv and pip write, the second for paths that are long or have spaces. */
export function relocateScript(bytes: Buffer): Buffer | undefined {
  if (bytes.length > MAXIMUM_SCRIPT_BYTES || !bytes.subarray(0, 2).equals(SHEBANG)) return undefined;
  const text = bytes.toString('latin1');
  const rest = PLAIN.exec(text)?.[0].length ?? BY_SHELL.exec(text)?.[0].length;
  return rest === undefined ? undefined : Buffer.concat([BY_PATH, bytes.subarray(rest)]);
}

/** Nobody writes larger ones: what is larger is a program of a machine. */
const MAXIMUM_SCRIPT_BYTES = 1_024 ** 2;
const SHEBANG = Buffer.from('#!');
const BY_PATH = Buffer.from('#!/usr/bin/env python3\n');
const PLAIN = /^#![^\n]*\/python[\d.]*(?: [^\n]*)?\r?\n/;
const BY_SHELL = /^#!\/bin\/sh\n'''exec' [^\n]*\n' '''\n/;

/** The text of a RECORD, with what it says of the files that are other ones now, and without those that are left out; in the order of paths.
 *  Source: packaging.python.org, "Recording installed projects". */
export function correctRecord(
  text: string,
  isThere: (path: string) => boolean,
  changed: ReadonlyMap<string, Buffer>,
): string {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const kept = lines.flatMap((line) => {
    const path = pathOf(line);
    if (!isThere(path)) return [];
    const bytes = changed.get(path);
    return [bytes === undefined ? line : `${line.slice(0, lengthOfPath(line))},${digest(bytes)},${bytes.length}`];
  });
  return kept
    .toSorted()
    .map((line) => `${line}\n`)
    .join('');
}

/** A path with a comma or a quote stands in quotes. */
const QUOTED = /^"((?:[^"]|"")*)"/;

function lengthOfPath(line: string): number {
  return QUOTED.exec(line)?.[0].length ?? line.indexOf(',');
}

function pathOf(line: string): string {
  return QUOTED.exec(line)?.[1]?.replaceAll('""', '"') ?? line.slice(0, line.indexOf(','));
}

function digest(bytes: Buffer): string {
  return `sha256=${createHash('sha256').update(bytes).digest('base64url')}`;
}
