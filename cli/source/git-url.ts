import { ToolError } from '../../runtime/core/errors.ts';

export interface GitUrl {
  /** As it is given to git; without credentials. */
  readonly text: string;
  readonly scheme: 'https' | 'http' | 'ssh';
  /** With the port when it is not the scheme's own: `127.0.0.1:8080`. What credentials are bound to. */
  readonly host: string;
}

export interface GitUrlRules {
  /** Whether `http://` may name a host other than this machine. Default false. */
  readonly allowHttp?: boolean;
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const HELPER = /^[a-z0-9+.-]*::/i;
const AUTHORITY_AND_PATH = /^([^/]*)(\/.*)?$/;
const HOST = /^(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])$/i;
const USER = /^[a-z0-9_][a-z0-9._-]*$/i;
const PATH = /^[\w.~!$&'()*+,;=:@%/-]+$/;
const SCP = /^([^@/:]+)@([^@/:]+|\[[^\]]*\]):(.+)$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** `https://host:8443/team/app@v1`: a plain host, and behind the "@" no path, as it follows a login. */
const NAMED_AT_ITS_END = /^[a-z]+:\/\/[a-z0-9][a-z0-9._-]*(?::\d{1,5})?\/[^@]*@[^@/]*$/i;
const DEFAULT_PORTS = { https: '443', http: '80', ssh: '22' } as const;
const ACCEPTED = 'Give an https:// or ssh:// URL, or user@host:path';

/** Whether a text can only be meant as something for git: a URL, a transport helper, or `user@host:path`. */
export function looksLikeGitUrl(text: string): boolean {
  return SCHEME.test(text) || HELPER.test(text) || SCP.test(text);
}

/** Checks the URL of a repository against what may be given to git: `https://`, `ssh://`, `user@host:path`, and `http://` for this
 *  machine (localhost, 127.0.0.0/8, ::1) or with `allowHttp`. Stricter than git on purpose: only characters that git, curl and ssh read alike.
 *  @throws {ToolError} SOURCE_UNSAFE for helpers, local files, options, credentials, control characters; SOURCE_INVALID for anything else. */
export function parseGitUrl(text: string, rules: GitUrlRules = {}): GitUrl {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for (CVE-2025-48384 and argument smuggling)
  if (/[\u0000-\u0020\u007f]/.test(text)) throw unsafe(text, 'it has a space or a control character');
  if (text.startsWith('-')) throw unsafe(text, 'it reads as an option');
  if (HELPER.test(text)) throw unsafe(text, 'transport helpers can run any command');
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return parseScp(text);
  if (scheme === 'file') throw unsafe(text, 'a local repository is no remote', 'Give the directory itself');
  if (scheme !== 'https' && scheme !== 'http' && scheme !== 'ssh') throw invalid(text, `"${scheme}" is not accepted`);
  return parseUrl(text, scheme, rules);
}

/** A URL as it may be shown: without anything that could be a credential, however it is misspelt. */
export function displayUrl(text: string): string {
  const shown = NAMED_AT_ITS_END.test(text) ? text : text.replace(/:\/\/.*@/s, '://***@');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  return shown.replace(/[\u0000-\u001f\u007f]/g, '\uFFFD');
}

function parseUrl(text: string, scheme: GitUrl['scheme'], rules: GitUrlRules): GitUrl {
  const rest = text.slice(text.indexOf('://') + 3);
  const [, authority = '', path = ''] = AUTHORITY_AND_PATH.exec(rest) ?? [];
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? null : authority.slice(0, at);
  if (user !== null && (scheme !== 'ssh' || user.includes(':'))) {
    throw unsafe(text, 'it has credentials in it', 'Take them out and give --git-token-file');
  }
  const [host, port] = splitPort(authority.slice(at + 1));
  checkHost(text, user, host);
  if (port !== null && !(Number(port) >= 1 && Number(port) <= 65_535)) throw invalid(text, 'its port is not a number');
  if (path.length < 2) throw invalid(text, 'it names no repository');
  checkPath(text, path);
  if (scheme === 'http' && !LOOPBACK.test(host) && rules.allowHttp !== true) {
    throw unsafe(text, 'http:// is neither encrypted nor authenticated', 'Use https://, or give --allow-http');
  }
  const bound = port === null || port === DEFAULT_PORTS[scheme] ? host : `${host}:${port}`;
  return { text: `${scheme}://${rest}`, scheme, host: bound };
}

function parseScp(text: string): GitUrl {
  const [, user = '', host = '', path = ''] = SCP.exec(text) ?? [];
  if (host === '') throw invalid(text, 'it is no URL');
  checkHost(text, user, host.toLowerCase());
  checkPath(text, path);
  return { text, scheme: 'ssh', host: host.toLowerCase() };
}

function splitPort(authority: string): readonly [host: string, port: string | null] {
  const [, host = '', port = null] = /^(.*?)(?::([^:\]]*))?$/.exec(authority) ?? [];
  return [host.toLowerCase(), port];
}

function checkHost(text: string, user: string | null, host: string): void {
  if (user?.startsWith('-') || host.startsWith('-')) throw unsafe(text, 'a part of it reads as an option');
  if (user !== null && !USER.test(user)) throw invalid(text, 'its user name is not plain');
  if (!HOST.test(host)) throw invalid(text, 'its host is not a host name');
}

function checkPath(text: string, path: string): void {
  if (path.startsWith('-')) throw unsafe(text, 'a part of it reads as an option');
  if (!PATH.test(path)) throw invalid(text, 'its path has characters that a repository cannot have');
  if (path.split('/').includes('..')) throw unsafe(text, 'its path has ".." in it');
}

function unsafe(text: string, why: string, hint = ACCEPTED): ToolError {
  return new ToolError('SOURCE_UNSAFE', `Cannot use "${displayUrl(text)}" as a source: ${why}`, { hint });
}

function invalid(text: string, why: string): ToolError {
  return new ToolError('SOURCE_INVALID', `Cannot use "${displayUrl(text)}" as a source: ${why}`, { hint: ACCEPTED });
}

/** The host of a repository as `GitCredentials` names it. @throws {ToolError} as parseGitUrl does. */
export function gitHost(url: string): string {
  return parseGitUrl(url, { allowHttp: true }).host;
}

/** What was meant by a URL that has a ref behind an "@"; `undefined` where it has none. */
export function withRefApart(url: string): string | undefined {
  return NAMED_AT_ITS_END.test(url) ? url.replace(/@([^@/]*)$/, '#$1') : undefined;
}
