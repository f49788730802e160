import { execFileSync } from 'node:child_process';

/** Makes a folder a git repository whose only commit has all of it and this committer's time. */
export function commitFolder(folder: string, time: string): void {
  const git = (...args: readonly string[]): void => {
    const names = ['-c', 'user.name=T', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...names, ...args], {
      cwd: folder,
      stdio: 'pipe',
      env: { ...process.env, GIT_COMMITTER_DATE: time, GIT_AUTHOR_DATE: '2001-01-01T00:00:00Z' },
    });
  };
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'All');
}
