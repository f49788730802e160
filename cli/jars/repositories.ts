import { join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { type Credentials, type Login, splitCredentials } from '../packages/credentials.ts';
import type { Environment } from '../packages/machine.ts';
import { mirrorFor } from './maven-mirrors.ts';
import type { MavenSettings, Repository } from './maven-settings.ts';

/** Maven Central, by its host alone; the only place that names it. A mirror or DEFAULT_ARTIFACT_REPOSITORY replaces it. */
const CENTRAL_HOST = 'repo1.maven.org';

/** Where packages are looked for, in this order; no URL has credentials. */
export interface RepositorySet {
  /** What Maven has on this machine. */
  readonly localFolder: string;
  readonly remotes: readonly Repository[];
  readonly credentials: Credentials;
}

export interface RepositoryInput {
  /** `--repositories` and `repositories:`. */
  readonly urls: readonly string[];
  readonly settings: MavenSettings;
  readonly env: Environment;
  readonly home: string;
}

/** Central, then the repositories of the active profiles, then those that were asked for; each through the mirror that stands for it.
 *  @throws {ToolError} USAGE for a URL that is none, and for a repository that a mirror blocks */
export function repositoriesFor({ urls, settings, env, home }: RepositoryInput): RepositorySet {
  const central = { id: 'central', url: env.DEFAULT_ARTIFACT_REPOSITORY || `https://${CENTRAL_HOST}/maven2` };
  const profiles = settings.repositories;
  const asked = urls.map((url, at) => ({ id: `repo-${at + 1}`, url }));
  const named = profiles.some(({ id }) => id === 'central') ? profiles : [central, ...profiles];
  const chosen = [...named, ...asked].map((repository) => throughMirror(repository, settings));
  const split = chosen.map(({ id, url }) => ({ id, ...splitCredentials(checked(url)) }));
  const logins = split.flatMap(({ id, host, login }): readonly (readonly [string, Login])[] => {
    const known = login ?? settings.servers.get(id) ?? settings.servers.get(host);
    return known === undefined ? [] : [[host, known]];
  });
  const remotes = split.filter(({ url }, at) => split.findIndex((other) => other.url === url) === at);
  return {
    localFolder: settings.localRepository ?? join(home, '.m2', 'repository'),
    remotes: remotes.map(({ id, url }) => ({ id, url })),
    credentials: new Map(logins),
  };
}

/** The environment whose proxy variables say what settings.xml does; the user's own variables go before. */
export function proxyEnvironment(settings: MavenSettings, env: Environment): Environment {
  const isSet = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => env[name]);
  const [first] = settings.proxies;
  if (isSet || first === undefined) return env;
  const urlFor = (protocol: string) => settings.proxies.find((proxy) => proxy.protocol === protocol)?.url ?? first.url;
  const except = settings.proxies.flatMap((proxy) => proxy.except);
  return {
    ...env,
    http_proxy: urlFor('http'),
    https_proxy: urlFor('https'),
    no_proxy: [env.no_proxy ?? env.NO_PROXY ?? '', ...except].filter((text) => text !== '').join(','),
  };
}

function throughMirror(repository: Repository, { mirrors }: MavenSettings): Repository {
  const mirror = mirrorFor(repository, mirrors);
  if (mirror === undefined) return repository;
  if (!mirror.isBlocked) return mirror;
  const what = `the mirror "${mirror.id}" in Maven's settings.xml blocks it`;
  throw new ToolError('USAGE', `Cannot use the Maven repository "${repository.id}": ${what}`, {
    hint: 'Name the repository by https, or change the mirror',
    details: { repository: repository.id, mirror: mirror.id },
  });
}

function checked(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new ToolError('USAGE', `Cannot use "${url}" as a Maven repository: it is not an http or https URL`);
}
