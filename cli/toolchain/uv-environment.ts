import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAuthorities } from '../packages/certificates.ts';
import { withCredentials } from '../packages/credentials.ts';
import { exists } from '../packages/exists.ts';
import type { IndexSettings } from '../packages/index-settings.ts';
import type { Environment } from '../packages/machine.ts';
import { proxyVariables } from '../packages/proxies.ts';
import type { ToolchainDeps } from './deps.ts';

/** The environment of uv: the user's own, with what was set for pip (which uv does not read) in uv's words. URLs with credentials are in here, and
 *  never in an argument. `folder` gets the file with the authorities, if there are own ones.
 *  @throws {ToolError} FILE_UNREADABLE: see readCertificates */
export async function uvEnvironment(
  settings: IndexSettings,
  { deps, folder }: { readonly deps: ToolchainDeps; readonly folder: string },
): Promise<Environment> {
  const { env } = deps;
  const url = (text: string) => withCredentials(text, settings.credentials);
  const extra = [...words(env.UV_EXTRA_INDEX_URL), ...settings.pipExtraUrls].map(url);
  const named = words(env.UV_INDEX).map((word) =>
    word.replace(/^([^=:/]+=)?(.+)$/, (_, name = '', of) => name + url(of)),
  );
  const links = [env.UV_FIND_LINKS ?? '', ...(await usable(settings.findLinks))].filter((text) => text !== '');
  return {
    ...env,
    // These would reach the Python that builds packages.
    PYTHONPATH: undefined,
    PYTHONHOME: undefined,
    ...(settings.isOwn ? { UV_DEFAULT_INDEX: url(settings.indexUrl), UV_INDEX_URL: undefined } : {}),
    ...(named.length > 0 ? { UV_INDEX: named.join(' ') } : {}),
    ...(extra.length > 0 ? { UV_EXTRA_INDEX_URL: extra.join(' ') } : {}),
    ...(links.length > 0 ? { UV_FIND_LINKS: links.join(',') } : {}),
    ...(await authorities(settings, folder)),
    ...proxyVariables(settings.proxies),
    ...(settings.insecureHosts.length > 0 ? { UV_INSECURE_HOST: settings.insecureHosts.join(' ') } : {}),
    UV_CACHE_DIR: join(deps.cache, 'uv-cache'),
    UV_PYTHON_DOWNLOADS: 'never',
    UV_NO_PROGRESS: '1',
    NO_COLOR: '1',
    ...deps.extraEnv,
  };
}

/** pip passes over a folder that is not there; uv ends. */
async function usable(links: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(links.map((link) => /^https?:/.test(link) || exists(link)));
  return links.filter((_, index) => found[index]);
}

async function authorities(settings: IndexSettings, folder: string): Promise<Environment> {
  const certificates = await readAuthorities(settings);
  if (certificates.length === 0) return {};
  const path = join(folder, 'authorities.pem');
  await writeFile(path, certificates.join('\n'));
  return { SSL_CERT_FILE: path, SSL_CERT_DIR: undefined };
}

function words(value: string | undefined): readonly string[] {
  return (value ?? '').split(/\s+/).filter((word) => word !== '');
}
