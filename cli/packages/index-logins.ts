import { readFile } from 'node:fs/promises';
import { ToolError } from '../../runtime/core/errors.ts';
import { type Credentials, type Login, splitCredentials } from './credentials.ts';
import type { Environment } from './machine.ts';
import { readNetrc } from './netrc.ts';
import type { NamedIndex } from './uv-config.ts';

/** Where a token for a package index is: a file, for one host. */
export interface IndexToken {
  /** As in a URL: `pypi.example.org`, `127.0.0.1:8443`. `null` is the host of the index itself. */
  readonly host: string | null;
  readonly file: string;
  /** Default `__token__`, which goes with a token on most indexes. */
  readonly username?: string | undefined;
}

export interface LoginSources {
  readonly tokens: readonly IndexToken[];
  readonly indexHost: string;
  /** Indexes that have a name in uv's settings. */
  readonly named: readonly NamedIndex[];
  /** Taken out of the indexes' URLs. */
  readonly fromUrls: readonly (readonly [host: string, login: Login])[];
}

/** Who logs in where, each with its own host alone; of two for one host the first counts: a token file, the URL, uv's variables for a named
 *  index, netrc.
 *  @throws {ToolError} FILE_UNREADABLE for a token file */
export async function readLogins(sources: LoginSources, env: Environment, home: string): Promise<Credentials> {
  const tokens = await Promise.all(
    sources.tokens.map(async ({ host, file, username }) => {
      const login = { user: username ?? TOKEN_USER, password: await readToken(file) };
      return [host ?? sources.indexHost, login] as const;
    }),
  );
  const named = sources.named.flatMap((index) => namedLogin(index, env));
  return new Map([...(await readNetrc(env, home)), ...named, ...sources.fromUrls, ...tokens]);
}

const TOKEN_USER = '__token__';

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).split('\n', 1)[0]?.trim() ?? '';
  } catch (cause) {
    throw new ToolError('FILE_UNREADABLE', `Cannot read the token file "${file}"`, { cause, details: { file } });
  }
}

/** `UV_INDEX_MY_INDEX_USERNAME` for `my-index`. Source: docs.astral.sh/uv, "Package indexes". */
function namedLogin({ name, url }: NamedIndex, env: Environment): readonly (readonly [string, Login])[] {
  const variable = `UV_INDEX_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
  const [user, password] = [env[`${variable}_USERNAME`], env[`${variable}_PASSWORD`]];
  if (user === undefined && password === undefined) return [];
  return [[splitCredentials(url).host, { user: user ?? '', password: password ?? '' }]];
}
