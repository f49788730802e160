import type { Ctx } from '../../runtime/core/context.ts';
import { runChild } from '../toolchain/child.ts';
import { commitTimeFrom } from './commit-time.ts';

export interface DirectoryTimeInput {
  /** The application's folder, absolute. */
  readonly dir: string;
  /** A file in it that git must know for the folder to be of its repository. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Added to the environment of every child: the mark of the run. */
  readonly extraEnv: Readonly<Record<string, string>>;
}

/** The committer's time, ISO 8601, of the commit that a directory is exactly; `null` when it is not in git, has changed since, has a
 *  time that cannot be read, or git does not answer. Nothing that the repository's own configuration names is run: with filters of its own it is not asked. */
export async function directoryCommitTime(input: DirectoryTimeInput, ctx: Ctx): Promise<string | null> {
  const git = async (...args: readonly string[]): Promise<{ status: number | null; stdout: string }> => {
    const command = {
      file: 'git',
      args: [...HARDENED, ...args],
      cwd: input.dir,
      env: environment(input),
      deadlineMs: DEADLINE_MS,
    };
    const answer = await runChild(command, ctx).catch(() => ({ status: null, stdout: '' }));
    ctx.signal.throwIfAborted();
    return answer;
  };
  const [filters, commit, tracked] = await Promise.all([
    git('config', '--name-only', '--get-regexp', '^filter[.]'),
    git('log', '-1', '--no-patch', '--no-show-signature', '--format=%cI'),
    git('ls-files', '--error-unmatch', '--', input.entry),
  ]);
  // Status 1 is git's way to say that there is no such setting.
  if (filters.status !== 1 || commit.status !== 0 || tracked.status !== 0) return null;
  const changed = await git('status', '--porcelain', '--untracked-files=no', '--ignore-submodules=all', '--', '.');
  return changed.status === 0 && changed.stdout === '' ? commitTimeFrom(commit.stdout) : null;
}

const DEADLINE_MS = 10_000;
const HARDENED = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.attributesFile=/dev/null',
];

function environment({ env, extraEnv }: DirectoryTimeInput): Readonly<Record<string, string | undefined>> {
  return {
    ...{ PATH: env.PATH, HOME: env.HOME, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
    ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1' },
    ...extraEnv,
  };
}
