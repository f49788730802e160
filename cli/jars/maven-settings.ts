import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Element } from '@xmldom/xmldom';
import { ToolError } from '../../runtime/core/errors.ts';
import type { Login } from '../packages/credentials.ts';
import type { Environment } from '../packages/machine.ts';

/** What Maven's settings.xml says of where packages come from. */
export interface MavenSettings {
  readonly mirrors: readonly Mirror[];
  /** By the id of a mirror or a repository. */
  readonly servers: ReadonlyMap<string, Login>;
  /** Those of active profiles. */
  readonly repositories: readonly Repository[];
  readonly proxies: readonly Proxy[];
  /** `null`: `~/.m2/repository`. */
  readonly localRepository: string | null;
}

export interface Repository {
  readonly id: string;
  readonly url: string;
}

export interface Mirror extends Repository {
  /** `*`, `central`, `external:*,!internal`. */
  readonly mirrorOf: string;
  readonly isBlocked: boolean;
}

export interface Proxy {
  /** Of the requests that go through it. */
  readonly protocol: string;
  /** `http://user:password@host:port`; without a login where the settings give none. */
  readonly url: string;
  /** As in the variable no_proxy. */
  readonly except: readonly string[];
}

/** The user's settings over those of the Maven that MAVEN_HOME or M2_HOME names; nothing where there are none.
 *  @throws {ToolError} CONFIG_INVALID as parseMavenSettings */
export async function readMavenSettings(env: Environment, home: string): Promise<MavenSettings> {
  const installed = env.MAVEN_HOME || env.M2_HOME;
  const paths = [join(home, '.m2', 'settings.xml'), ...(installed ? [join(installed, 'conf', 'settings.xml')] : [])];
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => undefined)));
  const found = await Promise.all(
    texts.flatMap((text, at) => (text === undefined ? [] : [parseMavenSettings(text, paths[at] ?? '', { env, home })])),
  );
  return {
    mirrors: found.flatMap(({ mirrors }) => mirrors),
    servers: new Map(found.toReversed().flatMap(({ servers }) => [...servers])),
    repositories: found.flatMap(({ repositories }) => repositories),
    proxies: found.flatMap(({ proxies }) => proxies),
    localRepository: found.find(({ localRepository }) => localRepository !== null)?.localRepository ?? null,
  };
}

/** @throws {ToolError} CONFIG_INVALID when the text is no XML, and for a proxy without a host. Source: Maven's "Settings Reference". */
export async function parseMavenSettings(
  text: string,
  path: string,
  { env, home }: { readonly env: Environment; readonly home: string },
): Promise<MavenSettings> {
  const root = await parseXml(text, path);
  const say = (element: Element | undefined, name: string) => interpolate(textOf(element, name) ?? '', env, home);
  const listed = (...names: string[]) => descend(root, names);
  return {
    mirrors: listed('mirrors', 'mirror').map((mirror) => ({
      id: say(mirror, 'id'),
      url: say(mirror, 'url'),
      mirrorOf: say(mirror, 'mirrorOf'),
      isBlocked: say(mirror, 'blocked') === 'true',
    })),
    servers: new Map(
      listed('servers', 'server').map((server) => [
        say(server, 'id'),
        { user: say(server, 'username'), password: say(server, 'password') },
      ]),
    ),
    repositories: activeProfiles(root)
      .flatMap((profile) => descend(profile, ['repositories', 'repository']))
      .map((repository) => ({ id: say(repository, 'id'), url: say(repository, 'url') })),
    proxies: listed('proxies', 'proxy')
      .filter((proxy) => say(proxy, 'active') !== 'false')
      .map((proxy) => proxyFrom((name) => say(proxy, name), path)),
    localRepository: say(root, 'localRepository') || null,
  };
}

/** Server names may hold `${env.NAME}`, so that passwords are not in the file. */
function interpolate(text: string, env: Environment, home: string): string {
  return text.replace(/\$\{(env\.)?([^}]+)\}/g, (whole, isEnv: string | undefined, name: string) =>
    isEnv === undefined ? (name === 'user.home' ? home : whole) : (env[name] ?? whole),
  );
}

function activeProfiles(root: Element): readonly Element[] {
  const named = new Set(
    descend(root, ['activeProfiles', 'activeProfile']).map((element) => element.textContent?.trim() ?? ''),
  );
  const all = descend(root, ['profiles', 'profile']);
  const chosen = all.filter((profile) => named.has(textOf(profile, 'id') ?? ''));
  if (chosen.length > 0) return chosen;
  return all.filter((profile) => textOf(descend(profile, ['activation'])[0], 'activeByDefault') === 'true');
}

function proxyFrom(say: (name: string) => string, path: string): Proxy {
  const place = `${say('host')}:${say('port') || '8080'}`;
  // The host alone names an http proxy, whatever goes through it.
  const url = URL.parse(`http://${place}`);
  if (url === null) {
    throw new ToolError('CONFIG_INVALID', `Cannot read "${path}": "${place}" is not the host and port of a proxy`, {
      hint: 'Correct the proxy in the file, or make it inactive',
      details: { path },
    });
  }
  url.username = encodeURIComponent(say('username'));
  url.password = encodeURIComponent(say('password'));
  const except = say('nonProxyHosts').split(/[|,]/);
  return { protocol: say('protocol') || 'http', url: url.href, except: except.filter((host) => host !== '') };
}

async function parseXml(text: string, path: string): Promise<Element> {
  const { DOMParser } = await import('./xml-parser.ts');
  try {
    const root = new DOMParser({ onError: refuseXml }).parseFromString(text.trimStart(), 'text/xml').documentElement;
    if (root !== null) return root;
  } catch (cause) {
    throw new ToolError('CONFIG_INVALID', `Cannot read "${path}": it is not well-formed XML`, {
      cause,
      hint: 'Correct the file, or move it away',
      details: { path },
    });
  }
  throw new ToolError('CONFIG_INVALID', `Cannot read "${path}": it is empty`, { details: { path } });
}

function refuseXml(level: string, message: string): void {
  if (level !== 'warning') throw new Error(message);
}

/** The elements at the end of a path of names; namespaces do not matter. */
function descend(from: Element, names: readonly string[]): readonly Element[] {
  return names.reduce<readonly Element[]>(
    (elements, name) =>
      elements.flatMap((element) =>
        [...element.childNodes].filter((node): node is Element => node.nodeName.replace(/^.*:/, '') === name),
      ),
    [from],
  );
}

function textOf(element: Element | undefined, name: string): string | undefined {
  return element === undefined ? undefined : descend(element, [name])[0]?.textContent?.trim();
}
