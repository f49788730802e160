import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { directoryCommitTime } from '../../../../cli/source/directory-time.ts';
import { commitFolder } from '../../../helpers/commit-folder.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const TIME = '2019-06-03T10:00:00+02:00';
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hibana-time-'));
  await mkdir(join(root, 'jobs'));
  await writeFile(join(root, 'jobs', 'app.py'), 'print(1)\n');
  await writeFile(join(root, 'other.txt'), 'text\n');
  commitFolder(root, TIME);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const timeOf = (dir: string, entry = 'app.py') =>
  directoryCommitTime({ dir, entry, env: process.env, extraEnv: {} }, testCtx());

describe('directoryCommitTime()', () => {
  it("is the committer's time of the commit, also for a folder of it", async () => {
    expect(await timeOf(join(root, 'jobs'))).toBe(TIME);
    expect(await timeOf(root, 'jobs/app.py')).toBe(TIME);
  });

  it('is the same beside new files, changes in other folders, and after a file was touched', async () => {
    await writeFile(join(root, 'jobs', 'output.csv'), '1');
    await writeFile(join(root, 'other.txt'), 'changed');
    await utimes(join(root, 'jobs', 'app.py'), 1, 1);
    expect(await timeOf(join(root, 'jobs'))).toBe(TIME);
  });

  it.each<readonly [what: string, change: () => Promise<unknown> | unknown]>([
    ['a file was changed', () => writeFile(join(root, 'jobs', 'app.py'), 'print(2)\n')],
    ['a file was deleted', () => execFileSync('git', ['rm', '--cached', '--quiet', 'jobs/app.py'], { cwd: root })],
    [
      'its year is none',
      async () => {
        await rm(join(root, '.git'), { recursive: true });
        commitFolder(root, '@999999999999 +0000');
      },
    ],
    ['there is no commit', () => rm(join(root, '.git'), { recursive: true })],
  ])('is not known when %s', async (_what, change) => {
    await change();
    expect(await timeOf(join(root, 'jobs'))).toBeNull();
  });

  it('is not known for a folder in which git knows nothing', async () => {
    await mkdir(join(root, 'new'));
    await writeFile(join(root, 'new', 'app.py'), '');
    expect(await timeOf(join(root, 'new'))).toBeNull();
  });

  it("runs nothing that the repository's own configuration names", async () => {
    const git = (...args: readonly string[]) => execFileSync('git', [...args], { cwd: root });
    const ran = join(root, 'ran');
    git('config', 'filter.own.clean', `sh -c 'touch ${ran}; cat'`);
    git('config', 'core.fsmonitor', `touch ${ran}`);
    await writeFile(join(root, '.git', 'info', 'attributes'), '*.py filter=own\n');
    await utimes(join(root, 'jobs', 'app.py'), 1, 1);
    expect(await timeOf(join(root, 'jobs'))).toBeNull();
    await expect(stat(ran)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is not known without git', async () => {
    const input = { dir: root, entry: 'other.txt', env: { PATH: '/nowhere' }, extraEnv: {} };
    expect(await directoryCommitTime(input, testCtx())).toBeNull();
  });
});
