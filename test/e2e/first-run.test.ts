import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Home, makeHome, runCli } from '../helpers/cli.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

describe('hibana, seen for the first time,', () => {
  it('shows with --help what it does and every command', async () => {
    await using home = await makeHome();
    const end = await runCli(['--help'], home);
    expect(end).toMatchObject({ status: 0, stderr: '' });
    for (const name of ['run', 'plan', 'init', 'doctor', 'completion', 'cluster'])
      expect(end.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(end.stdout.split('\n').every((line) => line.length <= 120)).toBe(true);
  });

  it.each([
    ['is not there', null],
    ['has options for Node', 'NODE_OPTIONS=--no-such-option'],
  ])('takes an --env-file that %s for its own, and not for one of Node', async (_what, content) => {
    await using home = await makeHome();
    const file = join(home.path, 'variables');
    if (content !== null) await writeFile(file, content);
    const started = run(join(root, 'hibana'), ['plan', 'pi', '--env-file', file], {
      env: { ...process.env, ...home.env },
    });
    if (content === null)
      await expect(started).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('[FILE_UNREADABLE]') });
    else expect((await started).stdout).toMatch(/^environment +NODE_OPTIONS \(by flag\)$/m);
  });

  it('shows with --help the options of a command', async () => {
    await using home = await makeHome();
    const end = await runCli(['run', '--help'], home);
    expect(end).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('--worker-memory SIZE') });
  });

  it('shows with --version the one of its package', async () => {
    await using home = await makeHome();
    const { version } = await import('../../package.json', { with: { type: 'json' } }).then((it) => it.default);
    expect(await runCli(['--version'], home)).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    ['a command', ['rnu', 'pi'], /Did you mean "hibana run"\?/],
    ['an option', ['run', 'pi', '--wrokers', '2'], /--workers/],
    ['a template', ['init', 'wordcont', 'x'], /wordcount/],
  ])('guesses what was meant by %s that it does not know', async (_what, args, guess) => {
    await using home = await makeHome();
    expect(await runCli(args, home)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(guess) });
  });

  it.each([
    ['a command', ['hibana', 'pl'], ['plan']],
    ['an option', ['hibana', 'run', 'pi', '--worker-'], ['--worker-cores', '--worker-memory']],
    ['a template', ['hibana', 'run', 'pi-'], ['pi-flask']],
  ])('offers %s to a bash that has its completion', async (_what, words, offers) => {
    await using home = await makeHome();
    expect(await completions(words, home)).toEqual(offers);
  });
});

/** What a real bash would offer for the last of these words, with `hibana` on its PATH. */
async function completions(words: readonly string[], home: Home): Promise<readonly string[]> {
  const folder = join(home.path, 'bin');
  await mkdir(folder);
  const [node, main] = [join(root, 'node_modules/node/bin/node'), join(root, 'dist/cli/main.mjs')];
  await writeFile(join(folder, 'hibana'), `#!/bin/sh\nexec '${node}' '${main}' "$@"\n`);
  await chmod(join(folder, 'hibana'), 0o755);
  const script = `source <(hibana completion bash)
complete -p hibana >/dev/null || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_hibana
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, ...home.env, PATH: `${folder}:${process.env.PATH}` };
  const { stdout } = await run('bash', ['--norc', '-c', script, 'bash', ...words], { env });
  return stdout
    .trimEnd()
    .split('\n')
    .map((offer) => offer.trim())
    .sort();
}
