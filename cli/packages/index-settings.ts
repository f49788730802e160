import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { type Credentials, splitCredentials } from './credentials.ts';
import type { Environment } from './machine.ts';
import { readNetrc } from './netrc.ts';
import { readPipConfig } from './pip-config.ts';

/** The registry of the Python project, by its host alone; the only place that names it. Any other index replaces it by a setting. */
const DEFAULT_INDEX_HOST = 'pypi.org';

export interface IndexOptions {
  /** `--index-url`; `null` lets the environment say. */
  readonly indexUrl: string | null;
  /** `--ca-file`: trusted besides the authorities that are trusted anyway. */
  readonly caFile: string | null;
}

/** Where packages come from. No URL in here has credentials; they are in `credentials`, by host. */
export interface IndexSettings {
  /** Of the default index: the folder above the projects' pages, without a `/` at the end. */
  readonly indexUrl: string;
  /** Whether somebody chose it. */
  readonly isOwn: boolean;
  readonly extraUrls: readonly string[];
  /** Those of them that were set for pip, which uv does not know. */
  readonly pipExtraUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly credentials: Credentials;
  readonly caFile: string | null;
  /** Files with authorities that the environment and pip's files name. */
  readonly authorityFiles: readonly string[];
  readonly env: Environment;
}

/** What the user set for pip or uv, and where: first the option, then the environment of uv, then that of pip, then pip's own files.
 *  @throws {ToolError} USAGE for a URL that is none */
export async function readIndexSettings(
  options: IndexOptions,
  { env, home }: { readonly env: Environment; readonly home: string },
  ctx: Ctx,
): Promise<IndexSettings> {
  ctx.signal.throwIfAborted();
  const pip = await readPipConfig(env, home);
  const own =
    options.indexUrl ?? text(env.UV_DEFAULT_INDEX) ?? text(env.UV_INDEX_URL) ?? text(env.PIP_INDEX_URL) ?? pip.indexUrl;
  const pipExtra = text(env.PIP_EXTRA_INDEX_URL) === undefined ? pip.extraIndexUrls : words(env.PIP_EXTRA_INDEX_URL);
  const uvExtra = [...words(env.UV_INDEX), ...words(env.UV_EXTRA_INDEX_URL)];
  const index = splitCredentials(checked(own ?? `https://${DEFAULT_INDEX_HOST}/simple`));
  const [uvIndexes, pipIndexes] = [uvExtra, pipExtra].map((urls) => urls.map((url) => splitCredentials(checked(url))));
  const extras = [...(uvIndexes ?? []), ...(pipIndexes ?? [])];
  return {
    indexUrl: index.url,
    isOwn: own !== undefined,
    extraUrls: extras.map(({ url }) => url),
    pipExtraUrls: (pipIndexes ?? []).map(({ url }) => url),
    findLinks: text(env.PIP_FIND_LINKS) === undefined ? pip.findLinks : words(env.PIP_FIND_LINKS),
    credentials: new Map([
      ...(await readNetrc(env, home)),
      ...[index, ...extras].flatMap(({ host, login }) => (login === null ? [] : [[host, login] as const])),
    ]),
    caFile: options.caFile,
    authorityFiles: authorityFiles(env, pip.cert),
    env,
  };
}

/** For people and for errors: `the host of the index`. */
export function indexHost(settings: Pick<IndexSettings, 'indexUrl'>): string {
  return new URL(settings.indexUrl).host;
}

function authorityFiles(env: Environment, pipCert: string | undefined): readonly string[] {
  return [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE, env.REQUESTS_CA_BUNDLE, text(env.PIP_CERT) ?? pipCert].flatMap(
    (path) => text(path) ?? [],
  );
}

/** uv takes `name=url` for an index. */
function checked(value: string): string {
  const url = value.replace(/^[A-Za-z0-9_-]+=(?=https?:)/, '');
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new ToolError('USAGE', `Cannot use "${url}" as a package index: it is not an http or https URL`);
  }
  return url;
}

function text(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

function words(value: string | undefined): readonly string[] {
  return (value ?? '').split(/\s+/).filter((word) => word !== '');
}
