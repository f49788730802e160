import type { GitUrl } from '../git-url.ts';
import type { GitCredential, OpenOptions } from '../options.ts';
import { sshCommand } from './ssh-command.ts';

/** Everything of git's that our children may see; simple-git drops the rest of what begins with GIT_. */
export const GUARDED_VARIABLES = [
  'GIT_TERMINAL_PROMPT',
  'GIT_ALLOW_PROTOCOL',
  'GIT_ASKPASS',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_GLOBAL',
  'GIT_ATTR_NOSYSTEM',
  'GIT_TEMPLATE_DIR',
  'GIT_SSH_COMMAND',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'GIT_LFS_SKIP_SMUDGE',
] as const;

const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'SSH_AUTH_SOCK'];
const PROXIES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];

/** The whole environment of a git child for one repository: what the user has for the network, nothing of git's own configuration,
 *  one protocol, no prompts. Credentials are not in it: they are behind `askpass`, which reads the file. */
export function gitEnvironment(
  url: GitUrl,
  askpass: string,
  options: Pick<OpenOptions, 'env' | 'extraEnv' | 'caFile' | 'credentials'>,
): Readonly<Record<string, string>> {
  const { env } = options;
  const authorities = options.caFile ?? env.GIT_SSL_CAINFO ?? env.SSL_CERT_FILE;
  const folder = env.GIT_SSL_CAPATH ?? env.SSL_CERT_DIR?.split(':')[0];
  const credential = options.credentials[url.host];
  return {
    ...pick(env, [...INHERITED, ...PROXIES]),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: url.scheme,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TEMPLATE_DIR: '',
    GIT_LFS_SKIP_SMUDGE: '1',
    ...(authorities === undefined ? {} : { GIT_SSL_CAINFO: authorities }),
    ...(folder === undefined ? {} : { GIT_SSL_CAPATH: folder }),
    ...(url.scheme === 'ssh'
      ? { GIT_SSH_COMMAND: sshCommand(credential) }
      : askpassVariables(url, askpass, credential)),
    ...options.extraEnv,
  };
}

/** What the askpass script answers: these two questions of git, with these two answers, and no others. */
function askpassVariables(
  url: GitUrl,
  askpass: string,
  credential: GitCredential | undefined,
): Readonly<Record<string, string>> {
  if (credential?.tokenFile === undefined) return {};
  const username = usernameOf(credential);
  return {
    GIT_ASKPASS: askpass,
    HIBANA_GIT_USERNAME: username,
    HIBANA_GIT_TOKEN_FILE: credential.tokenFile,
    HIBANA_GIT_ASKS_USERNAME: `Username for '${url.scheme}://${url.host}': `,
    HIBANA_GIT_ASKS_PASSWORD: `Password for '${url.scheme}://${encodeURIComponent(username)}@${url.host}': `,
  };
}

const DEFAULT_USERNAME = 'git';

/** Beside a token the big forges take any name. */
export function usernameOf(credential: GitCredential): string {
  return credential.username ?? DEFAULT_USERNAME;
}

function pick(env: OpenOptions['env'], names: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}
