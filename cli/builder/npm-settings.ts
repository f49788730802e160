import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { type Credentials, type Login, splitCredentials } from '../packages/credentials.ts';
import type { Environment } from '../packages/machine.ts';

/** What the user has set for npm. */
export interface NpmSettings {
  /** Without a `/` at the end, and without credentials. */
  readonly registry: string;
  /** By host. */
  readonly credentials: Credentials;
  /** Authorities to trust besides. */
  readonly caFile: string | null;
}

/** The registry of npm itself, by its host alone; the only place that names it. */
const DEFAULT_REGISTRY_HOST = 'registry.npmjs.org';

/** Reads npm's files in npm's order, a later one wins: for all users, the user's own, the environment.
 *  @throws {ToolError} USAGE for a registry that is no URL
 *  Source: docs.npmjs.com, "npmrc" and "config". */
export async function readNpmSettings(env: Environment, home: string): Promise<NpmSettings> {
  const variable = (name: string) => env[`npm_config_${name}`] ?? env[`NPM_CONFIG_${name.toUpperCase()}`];
  const files = [
    variable('globalconfig') ?? '/usr/etc/npmrc',
    '/etc/npmrc',
    variable('userconfig') ?? join(home, '.npmrc'),
  ];
  const texts = await Promise.all(files.map((path) => readFile(path, 'utf8').catch(() => '')));
  const values = new Map(texts.flatMap((text) => parseNpmrc(text, env)));
  const named = variable('registry') || values.get('registry') || `https://${DEFAULT_REGISTRY_HOST}`;
  if (!URL.canParse(named) || !/^https?:/.test(named)) {
    throw new ToolError('USAGE', `Cannot use "${named}" as a registry of npm packages: it is not an http or https URL`);
  }
  const { url, host, login } = splitCredentials(named);
  return {
    registry: url,
    credentials: new Map([...loginsOf(values), ...(login === null ? [] : [[host, login] as const])]),
    caFile: variable('cafile') || values.get('cafile') || null,
  };
}

function parseNpmrc(text: string, env: Environment): readonly (readonly [key: string, value: string])[] {
  return text.split('\n').flatMap((line) => {
    const [, key, value] = /^\s*([^\s#;=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || value === undefined) return [];
    const expanded = value.replace(/\$\{(\w+)\??\}/g, (_, name: string) => env[name] ?? '');
    return [[key, expanded.replace(/^"(.*)"$/, '$1')] as const];
  });
}

/** `//host/path/:_authToken=…` and its older forms: a login is for its host. */
function loginsOf(values: ReadonlyMap<string, string>): readonly (readonly [host: string, login: Login])[] {
  return [...values].flatMap(([key, value]) => {
    const [, prefix, host, what] = /^(\/\/([^/]+)(?:\/.*)?):(_authToken|_auth|_password)$/.exec(key) ?? [];
    if (host === undefined || value === '') return [];
    if (what === '_authToken') return [[host, { user: '', password: value, isBearer: true }] as const];
    const decoded = Buffer.from(value, 'base64').toString();
    if (what === '_password') {
      const user = values.get(`${prefix}:username`);
      return user === undefined ? [] : [[host, { user, password: decoded }] as const];
    }
    const colon = decoded.indexOf(':');
    return [[host, { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) }] as const];
  });
}
