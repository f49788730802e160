import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Login } from './credentials.ts';
import type { Environment } from './machine.ts';

/** The logins of the user's netrc file (NETRC, or `~/.netrc`), by host; none when there is no such file. The `default` entry is left out:
 *  it would send a password to every host. Source: the manual of GNU inetutils, "The .netrc file". */
export async function readNetrc(env: Environment, home: string): Promise<ReadonlyMap<string, Login>> {
  const content = await readFile(env.NETRC ?? join(home, '.netrc'), 'utf8').catch(() => '');
  return parseNetrc(content);
}

export function parseNetrc(content: string): ReadonlyMap<string, Login> {
  const words = content.split('\n').flatMap((line) =>
    line
      .replace(/^\s*#.*/, '')
      .split(/\s+/)
      .filter(Boolean),
  );
  const logins = new Map<string, Login>();
  let host: string | null = null;
  for (const [at, word] of words.entries()) {
    const value = words[at + 1] ?? '';
    if (word === 'machine') host = value;
    if (word === 'default') host = null;
    if (host === null) continue;
    const known = logins.get(host) ?? { user: '', password: '' };
    if (word === 'login') logins.set(host, { ...known, user: value });
    if (word === 'password') logins.set(host, { ...known, password: value });
  }
  return logins;
}
