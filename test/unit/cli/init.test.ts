import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { init } from '../../../cli/commands/init.ts';
import { copyTemplate } from '../../../cli/commands/init-handler.ts';
import { runProgram } from '../../../cli/program.ts';
import { testReporterEdges } from '../../helpers/report-edges.ts';

let root = '';
let cwd = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hibana-init-'));
  cwd = join(root, 'work');
  await mkdir(cwd);
  await write('templates/apps/pi/app.py', 'print(3)\n');
  await write('templates/apps/pi/README.md', '# pi\n\nEstimates pi: a\nbatch job. More.\n');
  await write('templates/apps/pi/data/.hidden', 'x');
  await write('templates/apps/pi/__pycache__/app.pyc', 'x');
  await write('templates/apps/wordcount/app.py', '');
  await write('templates/apps/README.md', 'no template');
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
}

async function hibana(...argv: readonly string[]) {
  const streams = testReporterEdges();
  const edges = {
    ...streams,
    stdin: Readable.from([]),
    env: {},
    cwd,
    home: root,
    root,
    node: '/bin/node',
    platform: 'linux',
    arch: 'x64',
    pid: 1,
    memoryBytes: () => 2 ** 34,
    version: '1.2.3',
    random: () => 0.5,
    onSignal: () => ({ [Symbol.dispose]: () => undefined }),
    exitNow: () => {
      throw new Error('ended');
    },
  };
  const status = await runProgram(['init', ...argv], edges, [init]);
  return { status, out: streams.out.text(), err: streams.err.text() };
}

describe('hibana init', () => {
  it('copies a template without what Python compiled, and says what to do next', async () => {
    const { status, out } = await hibana('pi', 'my-app');
    expect({ status, out }).toEqual({
      status: 0,
      out: 'copied the template "pi" to my-app\nrun it with: hibana run ./my-app\n',
    });
    expect((await readdir(join(cwd, 'my-app'), { recursive: true })).sort()).toEqual([
      'README.md',
      'app.py',
      'data',
      'data/.hidden',
    ]);
    expect(await readFile(join(cwd, 'my-app/app.py'), 'utf8')).toBe('print(3)\n');
  });

  it.each([
    ['my-app', './my-app'],
    ['./my-app', './my-app'],
    ['../other', '../other'],
    ['a/b/c', './a/b/c'],
    ["it's new", `'./it'\\''s new'`],
    ['.', '.'],
  ])('into "%s" gives the command hibana run %s', async (dir, source) => {
    const { out } = await hibana('pi', dir, '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({ ok: true, template: 'pi', next: `hibana run ${source}` });
  });

  it('lists the templates with the first sentence of each README', async () => {
    const { out } = await hibana('--list', '-o', 'json');
    expect(JSON.parse(out).templates).toEqual([
      { name: 'pi', summary: 'Estimates pi: a batch job' },
      { name: 'wordcount', summary: '' },
    ]);
    expect((await hibana('--list')).out).toMatch(/^NAME.*\npi +Estimates pi: a batch job\nwordcount\n$/);
  });

  it.each([
    ['pii', 'did you mean "pi"?'],
    ['word-count', 'did you mean "wordcount"?'],
    ['something', 'the templates are pi, wordcount'],
    ['README.md', 'the templates are pi, wordcount'],
    ['../apps/pi', 'the templates are pi, wordcount'],
    ['', 'the templates are pi, wordcount'],
  ])('refuses the template "%s": %s', async (name, ending) => {
    const { status, err } = await hibana(name, 'my-app');
    expect(status).toBe(2);
    expect(err).toContain(`Cannot find the template "${name}"; ${ending} [TEMPLATE_UNKNOWN]`);
    expect(await readdir(cwd)).toEqual([]);
  });

  it('refuses a target that holds something, and leaves it as it is', async () => {
    await write('work/my-app/notes', 'mine');
    const { status, err } = await hibana('pi', 'my-app');
    expect(status).toBe(2);
    expect(err).toContain('[TARGET_EXISTS]');
    expect(await readdir(join(cwd, 'my-app'))).toEqual(['notes']);
  });

  it.each(['file', 'file/below'])('refuses a target that is or crosses a file: %s', async (target) => {
    await write('work/file', 'mine');
    expect(await hibana('pi', target)).toMatchObject({ status: 2, err: expect.stringContaining('[TARGET_EXISTS]') });
    expect(await readFile(join(cwd, 'file'), 'utf8')).toBe('mine');
  });

  it.each([[[]], [['pi']]])('says what is missing of %j', async (argv) => {
    expect(await hibana(...argv)).toMatchObject({ status: 2, err: expect.stringContaining('[USAGE]') });
  });
});

describe('copyTemplate()', () => {
  it('removes what it could only copy in part, and no more', async () => {
    const folder = join(root, 'templates/apps');
    // A pipe cannot be copied, by root neither.
    execFileSync('mkfifo', [join(folder, 'pi/pipe')]);
    const [fresh, empty] = [join(cwd, 'fresh'), join(cwd, 'empty')];
    await mkdir(empty);
    await expect(copyTemplate({ folder, name: 'pi', to: fresh })).rejects.toThrow();
    await expect(copyTemplate({ folder, name: 'pi', to: empty })).rejects.toThrow();
    expect(await readdir(cwd)).toEqual(['empty']);
    expect(await readdir(empty)).toEqual([]);
  });
});
