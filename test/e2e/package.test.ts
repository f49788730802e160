import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHome } from '../helpers/cli.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const INSTALL_MINUTES = 5;

describe('the npm package', () => {
  let folder = '';
  let hibana = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hibana-package-'));
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
    expect(JSON.parse(stdout.slice(stdout.indexOf('[')))).toHaveLength(1);
    const [archive = ''] = await readdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    // The one dependency carries Node itself, by a script that runs after it was unpacked.
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts=false'];
    await run('npm', ['install', ...options, `./${archive}`], { cwd: folder });
    hibana = join(folder, 'node_modules', '.bin', 'hibana');
  }, INSTALL_MINUTES * 60_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** From a folder of its own, through npm's link. */
  async function inAnotherFolder(args: readonly string[]) {
    await using home = await makeHome();
    const cwd = join(home.path, 'elsewhere');
    await mkdir(cwd);
    const { stdout } = await run(hibana, [...args], { cwd, env: { ...process.env, ...home.env, CI: 'true' } });
    return { stdout, files: (await readdir(cwd, { recursive: true })).sort() };
  }

  it('has what it needs and no sources or tests', async () => {
    const files = await readdir(join(folder, 'node_modules', 'hibana'));
    const needed = ['README.md', 'dist', 'hibana', 'package.json', 'templates'];
    expect(files.filter((name) => name !== 'LICENSE').sort()).toEqual(needed);
  });

  it('says its version', async () => {
    const { version } = await import('../../package.json', { with: { type: 'json' } }).then((it) => it.default);
    expect(await inAnotherFolder(['--version'])).toEqual({ stdout: `${version}\n`, files: [] });
  });

  it('plans a template', async () => {
    expect((await inAnotherFolder(['plan', 'pi'])).stdout).toMatch(/^entry +app\.py \(found in the source\)$/m);
  });

  it('copies a template', async () => {
    const { stdout, files } = await inAnotherFolder(['init', 'wordcount', 'x']);
    expect(stdout).toContain('hibana run ./x');
    expect(files).toEqual(expect.arrayContaining(['x', 'x/app.py', 'x/requirements.txt']));
  });
});
