import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import type { Environment } from './machine.ts';

/** What is taken over from uv's own files; uv reads the rest of them itself. */
export interface UvConfig {
  readonly indexUrl: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly insecureHosts: readonly string[];
  /** By the name that UV_INDEX_<NAME>_USERNAME knows it by. */
  readonly named: readonly NamedIndex[];
}

export interface NamedIndex {
  readonly name: string;
  readonly url: string;
}

const NOTHING: UvConfig = { indexUrl: undefined, extraIndexUrls: [], insecureHosts: [], named: [] };

/** Reads uv's files in uv's order; the user's goes before that of the system, UV_CONFIG_FILE replaces both, UV_NO_CONFIG leaves all out.
 *  @throws {ToolError} USAGE for a file that is no TOML. Source: docs.astral.sh/uv, "Configuration files". */
export async function readUvConfig(env: Environment, home: string): Promise<UvConfig> {
  if (env.UV_NO_CONFIG !== undefined && !['', '0', 'false'].includes(env.UV_NO_CONFIG)) return NOTHING;
  const system = (env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').map((folder) => join(folder, 'uv', 'uv.toml'));
  const user = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'uv', 'uv.toml');
  const paths = env.UV_CONFIG_FILE ? [env.UV_CONFIG_FILE] : [user, ...system, '/etc/uv/uv.toml'];
  const found = await Promise.all(paths.map(readOne));
  const configs = found.flatMap((config) => config ?? []);
  return {
    indexUrl: configs.find(({ indexUrl }) => indexUrl !== undefined)?.indexUrl,
    extraIndexUrls: configs.flatMap(({ extraIndexUrls }) => extraIndexUrls),
    insecureHosts: configs.flatMap(({ insecureHosts }) => insecureHosts),
    named: configs.flatMap(({ named }) => named),
  };
}

async function readOne(path: string): Promise<UvConfig | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { parse } = await import('smol-toml');
  try {
    return toUvConfig(parse(text));
  } catch (cause) {
    throw new ToolError('USAGE', `Cannot read "${path}": it is not TOML`, { cause, details: { path } });
  }
}

/** The table as TOML gives it; what has another type than uv's is passed over: uv itself complains. */
export function toUvConfig(table: Readonly<Record<string, unknown>>): UvConfig {
  const pip = isTable(table.pip) ? table.pip : {};
  const indexes = (Array.isArray(table.index) ? table.index : []).filter(isTable);
  // One that is explicit serves the packages alone that name it.
  const open = indexes.filter(({ url, explicit }) => typeof url === 'string' && explicit !== true);
  const urls = (wanted: readonly Readonly<Record<string, unknown>>[]): readonly string[] =>
    wanted.flatMap(({ url }) => (typeof url === 'string' ? [url] : []));
  return {
    indexUrl:
      urls(open.filter((index) => index.default === true)).at(0) ??
      texts(pip['index-url']).at(0) ??
      texts(table['index-url']).at(0),
    extraIndexUrls: [
      ...urls(open.filter((index) => index.default !== true)),
      ...texts(pip['extra-index-url']),
      ...texts(table['extra-index-url']),
    ],
    insecureHosts: texts(table['allow-insecure-host']),
    named: indexes.flatMap(({ name, url }) =>
      typeof name === 'string' && typeof url === 'string' ? [{ name, url }] : [],
    ),
  };
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function texts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}
