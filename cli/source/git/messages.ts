import type { ErrorCode } from '../../../runtime/core/errors.ts';

export interface Meaning {
  readonly code: ErrorCode;
  /** What follows the colon of the message. */
  readonly state: string;
  readonly hint?: string;
  /** Where the server says that the repository is now. */
  readonly location?: string;
}

/** The one place that reads messages. git ends with 128 and ssh with 255 for every reason, and there is no other sign of what went wrong
 *  behind ssh or on this disk; over http(s) this is asked last. LC_ALL=C keeps the texts as they are here (OpenSSH 6 to 10, git 2.25 to 2.50). */
const TEXTS: readonly (readonly [RegExp, ErrorCode, string, string?])[] = [
  [/^ssh: Could not resolve hostname /m, 'GIT_HOST_UNKNOWN', 'the host is not known'],
  [/^ssh: connect to host /m, 'GIT_UNREACHABLE', 'the host cannot be reached'],
  [
    /^(?:Connection (?:closed|reset) by|kex_exchange_identification:|ssh_exchange_identification:)/m,
    'GIT_UNREACHABLE',
    'the server hung up',
  ],
  [
    /^Host key verification failed\./m,
    'GIT_AUTH',
    'its host key is not the known one',
    'Give its key with --git-known-hosts',
  ],
  [/: Permission denied \(/, 'GIT_AUTH', 'the server accepts none of the keys'],
  [
    /^(?:ERROR: Repository not found|ERROR: The project you were looking for|fatal: '.*' does not appear to be a git repository)/m,
    'GIT_NOT_FOUND',
    'the server has no such repository',
  ],
  [/: No space left on device$/m, 'DISK_FULL', 'the disk is full'],
  [/server certificate verification failed|SSL certificate problem/, 'GIT_TLS', 'its certificate is not trusted'],
  [
    /^error: object [0-9a-f]+: (\w+): /m,
    'SOURCE_UNSAFE',
    'git refuses an object of it as damaged or dangerous, $1',
    'Look the word up in "git help fsck" and have the repository repaired',
  ],
  [/^error: cannot run ssh: No such file/m, 'GIT_MISSING', 'ssh is not on the PATH', 'Install an ssh client'],
];

/** What the end of git's own output means; `undefined` when it is not in the table. The server's own words (`remote: …`) do not count. */
export function meaningOfText(stderr: string, host: string): Meaning | undefined {
  const own = stderr.replace(/^remote:.*$/gm, '');
  for (const [pattern, code, state, hint] of TEXTS) {
    const match = pattern.exec(own);
    if (match === null) continue;
    return { code, state: `${state.replace('$1', match[1] ?? '')} (${host})`, ...(hint === undefined ? {} : { hint }) };
  }
  return undefined;
}
