import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './machine.ts';

/** What is taken over from pip's own files. */
export interface PipConfig {
  readonly indexUrl: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly cert: string | undefined;
  readonly proxy: string | undefined;
  readonly trustedHosts: readonly string[];
}

/** Reads pip's files in pip's order; a later one wins: for all users, XDG, the old and the new one of the user, that of a
 *  virtual environment, PIP_CONFIG_FILE (`/dev/null` means none at all). Source: pip.pypa.io, "Configuration". */
export async function readPipConfig(env: Environment, home: string): Promise<PipConfig> {
  const named = env.PIP_CONFIG_FILE;
  const paths =
    named === '/dev/null'
      ? []
      : [
          ...(env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').map((folder) => join(folder, 'pip', 'pip.conf')),
          '/etc/pip.conf',
          join(home, '.pip', 'pip.conf'),
          join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'pip', 'pip.conf'),
          ...(env.VIRTUAL_ENV ? [join(env.VIRTUAL_ENV, 'pip.conf')] : []),
          ...(named === undefined || named === '' ? [] : [named]),
        ];
  const contents = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  return toPipConfig(new Map(contents.flatMap((content) => [...parsePipConfig(content)])));
}

function toPipConfig(values: ReadonlyMap<string, string>): PipConfig {
  const list = (key: string) => (values.get(key) ?? '').split(/\s+/).filter((word) => word !== '');
  return {
    indexUrl: values.get('index-url') || undefined,
    extraIndexUrls: list('extra-index-url'),
    findLinks: list('find-links'),
    cert: values.get('cert') || undefined,
    proxy: values.get('proxy') || undefined,
    trustedHosts: list('trusted-host'),
  };
}

/** The values of the sections that concern `pip install`; [install] goes before [global]. A value goes on in indented lines. */
export function parsePipConfig(content: string): ReadonlyMap<string, string> {
  const sections: Record<string, Map<string, string>> = { global: new Map(), install: new Map() };
  let [section, key]: [Map<string, string> | undefined, string] = [undefined, ''];
  for (const line of content.split(/\r?\n/)) {
    const header = /^\[([^\]]+)\]/.exec(line);
    const setting = /^([A-Za-z_-]+)\s*[=:]\s*(.*)$/.exec(line);
    if (/^\s*[#;]/.test(line)) continue;
    if (header) section = sections[header[1] ?? ''];
    else if (setting) {
      key = (setting[1] ?? '').toLowerCase().replaceAll('_', '-');
      section?.set(key, (setting[2] ?? '').trim());
    } else if (/^\s+\S/.test(line)) section?.set(key, `${section.get(key) ?? ''} ${line.trim()}`.trim());
  }
  return new Map([...(sections.global ?? []), ...(sections.install ?? [])]);
}
