import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { namedAuthorities } from './certificates.ts';
import { type Credentials, splitCredentials } from './credentials.ts';
import { type IndexToken, readLogins } from './index-logins.ts';
import type { Environment } from './machine.ts';
import { type PipConfig, readPipConfig } from './pip-config.ts';
import { type Proxies, readProxies } from './proxies.ts';
import { type NamedIndex, readUvConfig, type UvConfig } from './uv-config.ts';

/** The registry of the Python project, by its host alone; the only place that names it. Any other index replaces it by a setting. */
const DEFAULT_INDEX_HOST = 'pypi.org';

export interface IndexOptions {
  /** `--index-url`; `null` lets the environment say. */
  readonly indexUrl: string | null;
  /** `--ca-file`: trusted besides the authorities that are trusted anyway. */
  readonly caFile: string | null;
  /** `--index-token-file`; default none. */
  readonly tokens?: readonly IndexToken[];
}

/** Where packages come from. No index URL in here has credentials; they are in `credentials`, by host. */
export interface IndexSettings {
  /** Of the default index: the folder above the projects' pages, without a `/` at the end. */
  readonly indexUrl: string;
  /** Whether somebody chose it. */
  readonly isOwn: boolean;
  /** Who did: an option, a variable, a file; `null` when nobody did. */
  readonly indexFrom: string | null;
  readonly extraUrls: readonly string[];
  /** Those of them that were set for pip, which uv does not know. */
  readonly pipExtraUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly credentials: Credentials;
  readonly caFile: string | null;
  /** Files and folders with authorities that the environment and pip's files name. */
  readonly authorityFiles: readonly string[];
  readonly proxies: Proxies;
  /** Hosts (`host` or `host:port`) whose certificate nobody wants checked. */
  readonly insecureHosts: readonly string[];
  readonly env: Environment;
}

/** What the user set for pip or uv, and where: first the option, then the environment of uv, that of pip, uv's own files, pip's own files.
 *  @throws {ToolError} USAGE for a URL that is none and for a uv.toml that cannot be read; FILE_UNREADABLE for a token file */
export async function readIndexSettings(
  options: IndexOptions,
  { env, home }: { readonly env: Environment; readonly home: string },
  ctx: Ctx,
): Promise<IndexSettings> {
  ctx.signal.throwIfAborted();
  const [pip, uv] = await Promise.all([readPipConfig(env, home), readUvConfig(env, home)]);
  const own = chosenIndex(options, env, pip, uv);
  const pipExtra = text(env.PIP_EXTRA_INDEX_URL) === undefined ? pip.extraIndexUrls : words(env.PIP_EXTRA_INDEX_URL);
  const uvExtra = [...words(env.UV_INDEX), ...words(env.UV_EXTRA_INDEX_URL), ...uv.extraIndexUrls];
  const index = splitCredentials(checked(own?.url ?? `https://${DEFAULT_INDEX_HOST}/simple`));
  const [uvIndexes, pipIndexes] = [uvExtra, pipExtra].map((urls) => urls.map((url) => splitCredentials(checked(url))));
  const extras = [...(uvIndexes ?? []), ...(pipIndexes ?? [])];
  const logins = {
    tokens: options.tokens ?? [],
    indexHost: index.host,
    named: [...[env.UV_DEFAULT_INDEX, ...words(env.UV_INDEX)].flatMap(namedIndex), ...uv.named],
    fromUrls: [index, ...extras].flatMap(({ host, login }) => (login === null ? [] : [[host, login] as const])),
  };
  return {
    indexUrl: index.url,
    isOwn: own !== undefined,
    indexFrom: own?.from ?? null,
    extraUrls: extras.map(({ url }) => url),
    pipExtraUrls: (pipIndexes ?? []).map(({ url }) => url),
    findLinks: text(env.PIP_FIND_LINKS) === undefined ? pip.findLinks : words(env.PIP_FIND_LINKS),
    credentials: await readLogins(logins, env, home),
    caFile: options.caFile,
    authorityFiles: namedAuthorities(env, pip.cert),
    proxies: readProxies(env, pip.proxy),
    insecureHosts: [
      ...words(env.UV_INSECURE_HOST),
      ...(text(env.PIP_TRUSTED_HOST) === undefined ? pip.trustedHosts : words(env.PIP_TRUSTED_HOST)),
      ...uv.insecureHosts,
    ],
    env,
  };
}

function chosenIndex(
  options: IndexOptions,
  env: Environment,
  pip: PipConfig,
  uv: UvConfig,
): { readonly url: string; readonly from: string } | undefined {
  const candidates: readonly (readonly [from: string, url: string | undefined])[] = [
    ['--index-url', options.indexUrl ?? undefined],
    ['UV_DEFAULT_INDEX', env.UV_DEFAULT_INDEX],
    ['UV_INDEX_URL', env.UV_INDEX_URL],
    ['PIP_INDEX_URL', env.PIP_INDEX_URL],
    ['uv.toml', uv.indexUrl],
    ['pip.conf', pip.indexUrl],
  ];
  return candidates.flatMap(([from, url]) => (text(url) === undefined ? [] : [{ from, url: text(url) ?? '' }])).at(0);
}

/** For people and for errors: `the host of the index`. */
export function indexHost(settings: Pick<IndexSettings, 'indexUrl'>): string {
  return new URL(settings.indexUrl).host;
}

const NAMED = /^([A-Za-z0-9_.-]+)=(?=https?:)/;

function checked(value: string): string {
  const url = value.replace(NAMED, '');
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new ToolError('USAGE', `Cannot use "${url}" as a package index: it is not an http or https URL`);
  }
  return url;
}

/** uv takes `name=url` for an index. */
function namedIndex(value: string | undefined): readonly NamedIndex[] {
  const name = NAMED.exec(value ?? '')?.[1];
  return name === undefined ? [] : [{ name, url: (value ?? '').replace(NAMED, '') }];
}

function text(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

function words(value: string | undefined): readonly string[] {
  return (value ?? '').split(/[\s,]+/).filter((word) => word !== '');
}
