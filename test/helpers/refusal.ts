import { expect } from 'vitest';
import type { CliEnd, CliOptions, Home } from './cli.ts';
import { runCli } from './cli.ts';
import { leftovers } from './leftovers.ts';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** What the message must name: the thing that is wrong. */
  readonly names: RegExp;
}

interface ErrorDocument {
  readonly ok: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

/** Runs a command that must be refused, with `--output json`: the status, exactly one document on stdout with the code, a message
 *  that names the thing and a hint, the same message for people on stderr, no stack, and nothing left in `home`. */
export async function expectRefusal(
  args: readonly string[],
  refusal: Refusal,
  home: Home,
  options: CliOptions = {},
): Promise<CliEnd> {
  const at = args.indexOf('--');
  const words = at < 0 ? [...args, '-o', 'json'] : [...args.slice(0, at), '-o', 'json', ...args.slice(at)];
  const end = await runCli(words, home, options);
  const document = readDocument(end);
  const { code, message, hint } = document.error;
  expect({ status: end.status, code, message }, end.stderr).toEqual({
    status: refusal.status,
    code: refusal.code,
    message: expect.stringMatching(refusal.names),
  });
  expect(document.ok).toBe(false);
  expect(hint).toMatch(/^[A-Z]\S* .*[^.]$/);
  expect(end.stderr).toContain(message);
  expect(end.stderr).not.toMatch(/^\s+at .*\.m?[jt]s:\d+/m);
  expect(await leftovers(home)).toEqual([]);
  return end;
}

function readDocument({ stdout, stderr }: CliEnd): ErrorDocument {
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new Error(`stdout is not one JSON document: "${stdout.slice(0, 500)}"; stderr: ${stderr}`, { cause });
  }
}
