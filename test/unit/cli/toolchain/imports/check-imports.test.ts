import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolchainDeps } from '../../../../../cli/toolchain/deps.ts';
import { checkImports, type ImportCheck } from '../../../../../cli/toolchain/imports/check-imports.ts';
import { findPython } from '../../../../../cli/toolchain/python.ts';
import { sparkSeriesOf } from '../../../../../runtime/core/spark-versions.ts';
import { type TestCtx, testCtx } from '../../../../helpers/ctx.ts';

let root = '';
let deps: ToolchainDeps;
let ctx: TestCtx;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hibana-imports-'));
  ctx = testCtx();
  const index = { indexUrl: null, caFile: null };
  deps = {
    ...{ cache: join(root, 'cache'), env: process.env, home: root, platform: 'linux', arch: 'x64' },
    pid: 1,
    extraEnv: {},
    index,
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** Files below `cache/site/` are what is installed. */
async function check(
  files: Readonly<Record<string, string>>,
  over: Partial<ImportCheck> = {},
): Promise<readonly string[]> {
  await write(files);
  const base = { python, appDir: join(root, 'app'), entry: 'app.py', folders: ['.'], archives: [], pythonPath: [] };
  const env = { PATH: process.env.PATH ?? '' };
  return checkImports(
    { ...base, env, files: ['requirements.txt'], elsewhere: null, ...over },
    join(root, 'cache', 'site'),
    deps,
    ctx,
  );
}

/** Asked once: it is the same for all. */
const python = await findPython(
  { wanted: null, series: sparkSeriesOf('4.2') },
  {
    ...{ cache: '/nowhere', env: process.env, home: '/nowhere', platform: 'linux', arch: 'x64', pid: 1, extraEnv: {} },
    index: { indexUrl: null, caFile: null },
  },
  testCtx(),
);

const notices = (): readonly string[] =>
  ctx.events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
const installed = (name: string, version: string): Readonly<Record<string, string>> => ({
  [`cache/site/${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
  [`cache/site/${name}-${version}.dist-info/top_level.txt`]: `${name}\n`,
});

describe('checkImports()', () => {
  it('is silent about what is there', async () => {
    await check({
      'app/app.py': 'import hb_there\nfrom hb_there import name, part',
      'cache/site/hb_there/__init__.py': 'name = 1',
      'cache/site/hb_there/part.py': '',
    });
    expect(notices()).toEqual([]);
  });

  it.each([
    [
      'import hb_absent',
      'Cannot import "hb_absent" (app.py:1): it is not installed',
      'Add hb_absent to requirements.txt',
    ],
    ['\nfrom hb_absent.x import y', 'Cannot import "hb_absent.x" (app.py:2): it is not installed', 'Add hb_absent'],
  ])('says MODULE_NOT_FOUND for %s', async (text, message, hint) => {
    await expect(check({ 'app/app.py': text })).rejects.toMatchObject({
      ...{ code: 'MODULE_NOT_FOUND', message, hint: expect.stringContaining(hint) },
      details: { file: 'app.py', requirements: ['requirements.txt'] },
    });
  });

  it('names the distribution whose module has another name, and where to write it when there is no file yet', async () => {
    const env = { PATH: process.env.PATH ?? '', PYTHONNOUSERSITE: '1' };
    const wanted = check({ 'app/app.py': 'import skimage' }, { files: [], env });
    await expect(wanted).rejects.toMatchObject({
      hint: 'Add scikit-image, which has it, to requirements.txt beside the application',
    });
  });

  it.each([
    ['raises', 'raise ValueError("no such codec")', 'ValueError: no such codec'],
    ['lacks another module', 'import hb_absent', "ModuleNotFoundError: No module named 'hb_absent'"],
    ['ends Python', 'import os; os._exit(7)', 'it ends Python with status 7'],
    ['leaves', 'raise SystemExit(3)', 'SystemExit: 3'],
    ['crashes', 'import os, signal; os.kill(os.getpid(), signal.SIGSEGV)', 'it ends Python with a signal'],
  ])('says IMPORT_FAILED for a module that %s, with its distribution and version', async (_what, text, problem) => {
    const files = {
      'app/app.py': 'import hb_there\nimport hb_broken',
      'cache/site/hb_there.py': 'print("noise")',
      'cache/site/hb_broken.py': text,
    };
    await expect(check({ ...files, ...installed('hb_broken', '1.2') })).rejects.toMatchObject({
      code: 'IMPORT_FAILED',
      message: `Cannot import "hb_broken" of hb_broken 1.2 (app.py:2, asked for by requirements.txt): ${problem}`,
      details: { distribution: 'hb_broken', version: '1.2' },
    });
  });

  it('says IMPORT_FAILED for a name that is not in its module', async () => {
    const files = { 'app/app.py': 'from hb_there import gone', 'cache/site/hb_there.py': '' };
    await expect(check(files)).rejects.toMatchObject({
      code: 'IMPORT_FAILED',
      message: expect.stringContaining("'gone'"),
    });
  });

  it('only warns of imports that are guarded, in functions or on a condition, and of no types', async () => {
    const text =
      'try:\n  import hb_a\nexcept ImportError:\n  pass\ndef f():\n  import hb_b\nif f:\n  import hb_c\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import hb_d';
    await check({ 'app/app.py': text });
    expect(notices().map((message) => /"(\w+)"/.exec(message)?.[1])).toEqual(['hb_a', 'hb_b', 'hb_c']);
  });

  it('only warns of what may come with the job', async () => {
    await check({ 'app/app.py': 'import hb_absent' }, { elsewhere: '--py-files' });
    await check({ 'app/app.py': 'sc.addPyFile("x")\nimport hb_absent' });
    expect(notices()).toEqual([
      expect.stringContaining('--py-files'),
      expect.stringContaining('addPyFile() in app.py:1'),
    ]);
  });

  it('sees the PYTHONPATH of the job, and not the application', async () => {
    await write({ 'more/hb_more.py': '', 'app/hb_helper.py': '' });
    const env = { PATH: process.env.PATH ?? '', PYTHONPATH: join(root, 'more') };
    const files = { 'app/app.py': 'import hb_more, hb_third', 'cache/site/hb_third.py': 'import hb_helper' };
    await expect(check(files, { env })).rejects.toMatchObject({ message: expect.stringContaining('hb_helper') });
  });

  it('starts nothing the second time, also for a checkout at another place', async () => {
    await check({ 'app/app.py': 'import hb_there, own', 'app/own.py': '', 'cache/site/hb_there.py': '' });
    await rm(join(root, 'cache', 'site'), { recursive: true });
    await check(
      { 'elsewhere/app.py': 'import hb_there, own', 'elsewhere/own.py': '' },
      { appDir: join(root, 'elsewhere') },
    );
  });

  it.each([
    ['the entry changes', 'app/app.py', 'import hb_there, own, hb_absent'],
    ['a module that it imports changes', 'app/own.py', 'import hb_absent'],
  ])('looks again when %s', async (_what, path, text) => {
    await check({ 'app/app.py': 'import hb_there, own', 'app/own.py': '', 'cache/site/hb_there.py': '' });
    await expect(check({ [path]: text })).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' });
  });

  it('looks again when the folder that is not ours has changed', async () => {
    const env = { PATH: process.env.PATH ?? '', PYTHONPATH: join(root, 'more') };
    await check({ 'app/app.py': 'import hb_more', 'more/hb_more.py': '' }, { env });
    await rm(join(root, 'more', 'hb_more.py'));
    await rm(join(root, 'more', '__pycache__'), { recursive: true, force: true });
    await utimes(join(root, 'more'), 1, 1);
    await expect(check({}, { env })).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' });
  });

  it('does not remember a failure', async () => {
    await expect(check({ 'app/app.py': 'import hb_late' })).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' });
    await check({ 'cache/site/hb_late.py': '' });
  });

  const uses = 'import collections, sys, time\n';

  it.each([
    [
      'in a function',
      'def f(x):\n    if isinstance(x, collections.Callable):\n        return x\n',
      'collections.Callable',
      3,
    ],
    ['as a base class', 'from enum import Enum\ndef f():\n    return time.clock()\n', 'time.clock', 4],
  ])('doubts what uses a name that this Python has not, %s', async (_where, text, name, line) => {
    const files = { 'app/app.py': 'import old\n', 'cache/site/old.py': uses + text, ...installed('old', '1.0') };
    const doubt = `old 1.0 uses ${name}, which Python ${python.version} has not (old:${line})`;
    expect(await check(files)).toEqual([doubt]);
    // Remembered with the outcome.
    expect(await check({})).toEqual([doubt]);
  });

  it.each([
    [
      'tries',
      'def f():\n    try:\n        return collections.Callable\n    except AttributeError:\n        return None\n',
    ],
    ['asks for the version', 'def f():\n    if sys.version_info[0] < 3:\n        return time.clock()\n'],
    ['asks whether it is there', 'clock = time.clock if hasattr(time, "clock") else time.perf_counter\n'],
    ['means another', 'def f(time):\n    return time.clock()\n'],
    ['brings it', 'collections.Callable = callable\ndef f(x):\n    return collections.Callable\n'],
    ['speaks of a submodule', 'import importlib\ndef f():\n    return importlib.resources\n'],
    ['only writes of it', 'TEXT = "collections.Callable"\n'],
  ])('does not doubt what %s', async (_what, text) => {
    const files = { 'app/app.py': 'import old\n', 'cache/site/old.py': uses + text, ...installed('old', '1.0') };
    expect(await check(files)).toEqual([]);
  });

  it('does not doubt the application itself', async () => {
    expect(await check({ 'app/app.py': 'import collections\n\ndef f():\n    return collections.Callable\n' })).toEqual(
      [],
    );
  });

  it('does not wait for a program that a module leaves behind', async () => {
    const leaves = 'import subprocess\nsubprocess.Popen(["sleep", "20"], start_new_session=True)\n';
    const files = { 'app/app.py': 'import leaves\n', 'cache/site/leaves.py': leaves };
    await expect(check(files)).resolves.toEqual([]);
  });
});
