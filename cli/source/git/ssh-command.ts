import { ToolError } from '../../../runtime/core/errors.ts';
import type { GitCredential } from '../options.ts';

const CONNECT_SECONDS = 30;

/** The value of GIT_SSH_COMMAND: never asks, and trusts a host's first key only when no list of known keys is given. The user's own
 *  ssh configuration (aliases, jump hosts, agent) stays in force.
 *  @throws {ToolError} FILE_UNREADABLE for a path that cannot be written into ssh's configuration. */
export function sshCommand(credential: GitCredential | undefined): string {
  const { sshKeyFile, knownHostsFile } = credential ?? {};
  const options = [
    'BatchMode=yes',
    `ConnectTimeout=${CONNECT_SECONDS}`,
    `StrictHostKeyChecking=${knownHostsFile === undefined ? 'accept-new' : 'yes'}`,
    ...(knownHostsFile === undefined ? [] : [`UserKnownHostsFile=${sshPath(knownHostsFile)}`]),
    ...(sshKeyFile === undefined ? [] : ['IdentitiesOnly=yes', `IdentityFile=${sshPath(sshKeyFile)}`]),
  ];
  return ['ssh', ...options.flatMap((option) => ['-o', shellQuote(option)])].join(' ');
}

/** ssh splits values at spaces and expands `%h`; both are switched off here. It has no way to write a quote inside quotes. */
function sshPath(path: string): string {
  if (/["\r\n\0]/.test(path)) {
    throw new ToolError(
      'FILE_UNREADABLE',
      `Cannot give ${JSON.stringify(path)} to ssh: the path has a quote or a line break`,
    );
  }
  return `"${path.replaceAll('%', '%%')}"`;
}

/** git runs the command through a shell. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
