import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import { sshCommand } from '../../../../../cli/source/git/ssh-command.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { createBareRepository } from '../../../../helpers/git-repository.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';
import { failureOf, gitSource } from './git-cases.ts';

/** Runs what git asks for on the host; the stand-in's folder is the host's root: '/team/app.git' becomes './team/app.git'. */
const SERVE = 'for command; do :; done; cd "$(dirname "$0")" && eval "$(echo "$command" | sed "s| \'/| \'./|")"';

/** A folder with a program `ssh` that stands in for a server: it is given what git asks of the real one. */
async function fakeSsh(script: string): Promise<AsyncDisposable & { readonly dir: string; readonly path: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'hibana-ssh-'));
  await writeFile(join(dir, 'ssh'), `#!/bin/sh\nprintf '%s\\n' "$@" >> "${dir}/arguments"\n${script}\n`, {
    mode: 0o755,
  });
  return { dir, path: `${dir}:${process.env.PATH}`, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

describe('openGit() over ssh', () => {
  it.each(['ssh://git@host.invalid/team/app.git', 'git@host.invalid:/team/app.git'])('works for %s', async (url) => {
    await using ssh = await fakeSsh(SERVE);
    await createBareRepository(join(ssh.dir, 'team/app.git'), { files: { 'app.py': 'x' } });
    await using bench = await startWorkbench();
    const credentials = { 'host.invalid': { sshKeyFile: "/keys/it's mine", knownHostsFile: '/keys/known 100%' } };
    const options = bench.options({ credentials, env: { PATH: ssh.path, HOME: bench.scratch } });
    await using tree = await openGit(gitSource(url), options, testCtx());
    expect(tree.commit).not.toBeNull();
    const given = (await readFile(join(ssh.dir, 'arguments'), 'utf8')).split('\n');
    expect(given).toEqual(
      expect.arrayContaining([
        ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'IdentitiesOnly=yes'],
        ...['IdentityFile="/keys/it\'s mine"', 'UserKnownHostsFile="/keys/known 100%%"'],
      ]),
    );
  });

  it.each([
    ['git@host.invalid: Permission denied (publickey).', 'GIT_AUTH'],
    ['Host key verification failed.', 'GIT_AUTH'],
    ['kex_exchange_identification: Connection closed by remote host', 'GIT_UNREACHABLE'],
    ["fatal: '/team/app' does not appear to be a git repository", 'GIT_NOT_FOUND'],
    ['ERROR: Repository not found.', 'GIT_NOT_FOUND'],
    ['something new', 'GIT_FAILED'],
  ])('says what "%s" means', async (text, code) => {
    await using ssh = await fakeSsh(`echo "${text}" >&2; exit 255`);
    const error = await failureOf(gitSource('ssh://git@host.invalid/team/app'), { env: { PATH: ssh.path } });
    expect(error.code).toBe(code);
  });
});

describe('sshCommand()', () => {
  it('keeps the first key of an unknown host when no known ones are given', () => {
    expect(sshCommand(undefined)).toContain("'StrictHostKeyChecking=accept-new'");
  });

  it.each(['/a"b', '/a\nb'])('refuses the path %j', (sshKeyFile) => {
    expect(() => sshCommand({ sshKeyFile })).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });
});
