import { join } from 'node:path';

export interface Folders {
  /** What can be fetched again: Spark, uv, a JVM, dependencies. */
  readonly cache: string;
  /** Runs and clusters. */
  readonly state: string;
  readonly config: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's folders by the XDG rules, each with `/hibana` at its end; `HIBANA_HOME` puts all three under one.
 *  Source: XDG Base Directory Specification 0.8 (relative values are ignored). */
export function foldersFrom(env: Environment, home: string): Folders {
  const own = absolute(env.HIBANA_HOME);
  if (own !== undefined) return { cache: join(own, 'cache'), state: join(own, 'state'), config: join(own, 'config') };
  return {
    cache: join(absolute(env.XDG_CACHE_HOME) ?? join(home, '.cache'), 'hibana'),
    state: join(absolute(env.XDG_STATE_HOME) ?? join(home, '.local', 'state'), 'hibana'),
    config: join(absolute(env.XDG_CONFIG_HOME) ?? join(home, '.config'), 'hibana'),
  };
}

function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? path : undefined;
}
