import type { Ctx } from '../../../runtime/core/context.ts';
import type { ImageRef } from '../../../runtime/core/image-ref.ts';
import { type AuthEntry, type AuthFile, type AuthFilePlaces, notALoginFile, readAuthFiles } from './auth-file.ts';
import { askHelper } from './credential-helper.ts';

export type RegistryLogin =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  /** An identity token: the token server makes tokens of it. */
  | { readonly kind: 'identity'; readonly token: string }
  /** Goes to the registry as it is. */
  | { readonly kind: 'bearer'; readonly token: string };

/** Who logs in where, from the files in which docker, podman and skopeo keep it. */
export interface RegistryCredentials {
  /** For one repository; `undefined` where nobody is logged in. Reads the files once, and only now.
   *  @throws {ToolError} FILE_UNREADABLE, CONFIG_INVALID, REGISTRY_AUTH (a credential helper that is missing or fails); rejects with
   *  `signal.reason` */
  find(repository: Pick<ImageRef, 'registry' | 'repository'>, ctx: Ctx): Promise<RegistryLogin | undefined>;
}

export function createCredentials(places: AuthFilePlaces): RegistryCredentials {
  let read: Promise<readonly AuthFile[]> | undefined;
  return {
    find: async (repository, ctx) => {
      ctx.signal.throwIfAborted();
      read ??= readAuthFiles(places);
      for (const file of await read) {
        const login = (await fromHelper(file, repository.registry, places, ctx)) ?? fromEntries(file, repository);
        if (login !== undefined) return login;
      }
      return undefined;
    },
  };
}

/** Docker Hub, as docker calls it in these files and when it asks a helper. */
const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';
const DOCKER_HUB_ALIASES = new Set(['index.docker.io', 'registry-1.docker.io']);

async function fromHelper(
  file: AuthFile,
  registry: string,
  { env }: AuthFilePlaces,
  ctx: Ctx,
): Promise<RegistryLogin | undefined> {
  const own = Object.entries(file.credHelpers).find(([key]) => nameOf(key) === registry)?.[1];
  const helper = own ?? file.credsStore;
  if (!helper) return undefined;
  return askHelper({ helper, server: registry === DOCKER_HUB ? DOCKER_HUB_KEY : registry, file: file.path, env }, ctx);
}

/** podman's keys may go down to a repository; the longest that fits counts. */
function fromEntries(
  file: AuthFile,
  { registry, repository }: Pick<ImageRef, 'registry' | 'repository'>,
): RegistryLogin | undefined {
  const whole = `${registry}/${repository}`;
  return Object.entries(file.auths)
    .map(([key, entry]) => ({ name: nameOf(key), entry }))
    .filter(({ name }) => whole === name || whole.startsWith(`${name}/`))
    .sort((a, b) => b.name.length - a.name.length)
    .flatMap(({ name, entry }) => loginOf(entry, name, file.path) ?? [])
    .at(0);
}

/** `https://index.docker.io/v1/` is the Hub, `https://host:5000/v2/` is `host:5000`; a path without a scheme before it is podman's. */
function nameOf(key: string): string {
  const hasScheme = /^https?:\/\//i.test(key);
  const path = key.replace(/^https?:\/\//i, '').replace(/\/+$/, '');
  const name = hasScheme || /^[^/]*\/v[12]$/.test(path) ? path.replace(/\/.*/, '') : path;
  const [host = '', ...rest] = name.split('/');
  const lower = host.toLowerCase();
  return [DOCKER_HUB_ALIASES.has(lower) ? DOCKER_HUB : lower, ...rest].join('/');
}

function loginOf(entry: AuthEntry, name: string, path: string): RegistryLogin | undefined {
  if (entry.registrytoken) return { kind: 'bearer', token: entry.registrytoken };
  if (entry.identitytoken) return { kind: 'identity', token: entry.identitytoken };
  if (entry.auth) return decode(entry.auth, name, path);
  const { username, password } = entry;
  return username === undefined || password === undefined ? undefined : { kind: 'basic', user: username, password };
}

function decode(auth: string, name: string, path: string): RegistryLogin {
  const plain = Buffer.from(auth, 'base64').toString();
  const colon = plain.indexOf(':');
  if (colon < 0) throw notALoginFile(path, `the "auth" of "${name}" is not the base64 of user:password`);
  // Old versions of docker fill it up with zero bytes.
  return { kind: 'basic', user: plain.slice(0, colon), password: plain.slice(colon + 1).replace(/\0+$/, '') };
}
