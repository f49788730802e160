import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findImports } from '../../../../../cli/toolchain/imports/find-imports.ts';
import { findPython } from '../../../../../cli/toolchain/python.ts';
import { sparkSeriesOf } from '../../../../../runtime/core/spark-versions.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { createWorkspace, zipOf } from '../fake-packages.ts';

/** Asked once: it is the same for all. */
const python = await findPython(
  { wanted: null, series: sparkSeriesOf('4.2') },
  {
    ...{ cache: '/nowhere', env: process.env, home: '/nowhere', platform: 'linux', arch: 'x64', pid: 1, extraEnv: {} },
    index: { indexUrl: null, caFile: null },
  },
  testCtx(),
);

type Files = Readonly<Record<string, string | Buffer>>;

async function find(
  files: Files,
  over: { entry?: string; folders?: readonly string[]; archives?: readonly string[] } = {},
) {
  await using space = await createWorkspace();
  const deps = { ...space.deps({}), env: process.env };
  const dir = await mkdtemp(join(tmpdir(), 'hibana-find-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const archives = (over.archives ?? []).map((path) => join(dir, path));
  const source = { python, appDir: dir, entry: 'app.py', folders: ['.'], ...over, archives };
  const found = await findImports(source, deps, testCtx());
  await rm(dir, { recursive: true });
  return found;
}

/** `module guard`, with the names that are taken from it. */
async function imported(files: Files, over: Parameters<typeof find>[1] = {}): Promise<readonly string[]> {
  const found = await find(files, over);
  return (found?.imports ?? []).map(({ module, names, guard }) => [module, ...names, guard].join(' '));
}

const app = (text: string): Files => ({ 'app.py': text });

describe('findImports()', () => {
  it.each<readonly [what: string, files: Files, expected: readonly string[]]>([
    [
      'plain imports, with names',
      app('import yaml, google.cloud.storage\nfrom flask import Flask, g\nfrom six import *'),
      ['yaml none', 'google.cloud.storage none', 'flask Flask g none', 'six none'],
    ],
    [
      'nothing of the standard library, of Spark, of __future__',
      app(
        'from __future__ import print_function\nimport os, sys, json.decoder, pyspark.sql\nfrom py4j import java_gateway',
      ),
      [],
    ],
    ['what runs under __main__ as certain', app('if __name__ == "__main__":\n  import yaml'), ['yaml none']],
    [
      'what may fail as guarded, with its substitute',
      app('try:\n  import ujson\nexcept ImportError:\n  import rapidjson'),
      ['ujson guarded', 'rapidjson guarded'],
    ],
    ['what may fail by a bare except', app('try:\n  import ujson\nexcept:\n  pass'), ['ujson guarded']],
    [
      'what may fail by suppress',
      app('import contextlib\nwith contextlib.suppress(ImportError):\n  import ujson'),
      ['ujson guarded'],
    ],
    [
      'what another exception does not guard as certain',
      app('try:\n  import ujson\nexcept ValueError:\n  pass\nelse:\n  import yaml'),
      ['ujson none', 'yaml none'],
    ],
    [
      'the inside of functions',
      app('def f():\n  import yaml\nclass A:\n  import six\n  def g(self):\n    import attr'),
      ['yaml function', 'six none', 'attr function'],
    ],
    [
      'conditions and types',
      app(
        'import sys, typing\nif sys.version_info[0] == 2:\n  import a\nelse:\n  import b\nif typing.TYPE_CHECKING:\n  import c',
      ),
      ['a condition', 'b condition', 'c typing'],
    ],
    ['nothing where the source cannot be parsed', app('print "two"\nimport yaml'), []],
    [
      'what modules of the source import',
      {
        'app.py': 'import lib.a\nfrom lib import c',
        'lib/__init__.py': 'import yaml',
        'lib/a.py': 'from . import b',
        'lib/b.py': 'from .d.e import x\nimport six',
        'lib/c.py': 'import attr',
        'lib/d/e.py': 'import jwt',
        'lib/unused.py': 'import never',
      },
      ['yaml none', 'attr none', 'six none', 'jwt none'],
    ],
    [
      'a module of the source, also in a folder without __init__.py',
      { 'app.py': 'from jobs import etl', 'jobs/etl.py': 'import yaml' },
      ['yaml none'],
    ],
    [
      'an installed package where a folder of data has its name',
      { 'app.py': 'import yaml', 'yaml/data.csv': '1' },
      ['yaml none'],
    ],
    [
      'modules that import each other once',
      { 'app.py': 'import a', 'a.py': 'import b', 'b.py': 'import a, yaml' },
      ['yaml none'],
    ],
  ])('finds %s', async (_what, files, expected) => {
    expect((await imported(files)).toSorted()).toEqual(expected.toSorted());
  });

  it('looks in all folders that Python imports from', async () => {
    const files = {
      'jobs/app.py': 'import near, far.x, yaml',
      'jobs/near.py': '',
      'src/far/__init__.py': '',
      'src/far/x.py': '',
    };
    expect(await imported(files, { entry: 'jobs/app.py', folders: ['jobs', '.', 'src'] })).toEqual(['yaml none']);
  });

  it('takes for its own what comes with the job', async () => {
    const files = {
      'app.py': 'import greetings, zipped, yaml',
      'extra/greetings.py': '',
      'extra/all.zip': zipOf({ 'zipped/__init__.py': '' }),
    };
    const archives = ['extra/greetings.py', 'extra/all.zip', 'extra/missing.zip'];
    expect(await imported(files, { archives })).toEqual(['yaml none']);
  });

  it('tells where it is, what it read, and what may bring more modules later', async () => {
    const found = await find(app('import sys\nsys.path.append("x")\nsc.addPyFile("y.py")\nimport yaml\n'));
    expect(found).toMatchObject({
      imports: [{ module: 'yaml', file: 'app.py', line: 4 }],
      files: ['app.py'],
      changes: [
        { line: 2, call: 'append' },
        { line: 3, call: 'addPyFile' },
      ],
    });
  });

  it('runs nothing of the application', async () => {
    const found = await find({
      'app.py': 'import lib\nopen("ran", "w")',
      'lib.py': 'raise SystemExit(9)\nimport yaml',
    });
    expect(found?.imports.map(({ module }) => module)).toEqual(['yaml']);
  });
});
