import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Home, makeHome, runCli } from '../helpers/cli.ts';
import { commitFolder } from '../helpers/commit-folder.ts';
import { closedPort } from '../helpers/git-closed-port.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { expectRefusal, type Refusal } from '../helpers/refusal.ts';
import { sourceFolder } from '../helpers/source-folder.ts';

const refused = (status: number, code: string, names: RegExp): Refusal => ({ status, code, names });

/** The document of a run that succeeded. */
async function run(folder: string, home: Home, args: readonly string[] = [], env: Record<string, string> = {}) {
  const end = await runCli(['run', folder, '--workers', '1', '-o', 'json', ...args], home, { env });
  expect(end.status, end.stderr).toBe(0);
  return { ...end, document: JSON.parse(end.stdout) };
}

describe('hibana run, given a commit of 2019 that pins an old Flask and uses pandas,', () => {
  it('takes what works of that time and what Spark needs, and the same again without a network', {
    timeout: 600_000,
  }, async () => {
    await using home = await makeHome();
    const app = [
      'import json, flask, pandas, werkzeug',
      'from pyspark.sql import SparkSession',
      'rows = SparkSession.builder.getOrCreate().range(3).toPandas()',
      'print(json.dumps([flask.__version__, int(pandas.__version__[0]) >= 2, werkzeug.__version__, int(rows.id.sum())]))',
    ].join('\n');
    const requirements = 'pyspark\nflask==0.12.1\npandas\n';
    const folder = await sourceFolder(home, { 'app.py': app, 'requirements.txt': requirements });
    commitFolder(folder, '2019-06-03T10:00:00Z');
    const first = await run(folder, home);
    expect(first.stderr).toContain('["0.12.1", true, "0.16.0", 3]');
    expect(first.document.dependencies).toMatchObject({
      asOf: '2019-12-03T10:00:00.000Z',
      reason: expect.stringMatching(
        /^as of 2019-12-03 \(pandas.*Spark 4\.2 needs\), because what there was at the commit \(2019-06-03\)/,
      ),
    });
    const record = await readFile(join(first.document.outcome.logs, 'dependencies.txt'), 'utf8');
    expect(record).toContain('flask==0.12.1');
    expect(record).toContain('--hash=sha256:');
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const second = await run(folder, home, [], { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: '' });
    expect(second.document.dependencies).toEqual(first.document.dependencies);
    expect(await leftovers(home)).toEqual([]);
  });
});

describe('hibana run, before it makes a cluster,', () => {
  it.each<readonly [what: string, files: Readonly<Record<string, string>>, args: readonly string[], refusal: Refusal]>([
    [
      'a module that nothing asks for',
      { 'app.py': 'import sys\nimport hb_nowhere\n' },
      [],
      refused(4, 'MODULE_NOT_FOUND', /"hb_nowhere" \(app\.py:2\): it is not installed/),
    ],
    [
      'a lock for another Python',
      {
        'app.py': 'import six\n',
        'pyproject.toml': '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.99"\ndependencies = ["six"]\n',
        'uv.lock':
          'version = 1\nrequires-python = ">=3.99"\n\n[[package]]\nname = "a"\nversion = "1"\nsource = { virtual = "." }\n',
      },
      [],
      refused(4, 'PYTHON_UNSUPPORTED', /uv\.lock: it is for Python >=3\.99, and ".*" is 3\./),
    ],
    [
      'a lock of Pipenv for another Python',
      {
        'app.py': 'import six\n',
        'Pipfile.lock':
          '{"_meta": {"requires": {"python_version": "2.7"}}, "default": {"six": {"version": "==1.17.0", "hashes": ["sha256:ab"]}}}',
      },
      [],
      refused(4, 'PYTHON_UNSUPPORTED', /Pipfile\.lock: it is for Python 2\.7, and ".*" is 3\./),
    ],
    [
      'requirements that include each other',
      { 'app.py': '', 'requirements.txt': '-r more.txt\n', 'more.txt': '-r requirements.txt\n' },
      [],
      refused(4, 'REQUIREMENTS_INVALID', /more\.txt:1: .*requirements\.txt → more\.txt → requirements\.txt/),
    ],
    [
      'a package that was not there at the time asked for, though the frame packages need it too',
      { 'app.py': 'import dateutil\n', 'requirements.txt': 'python-dateutil\n' },
      ['--resolve-at', '1999-01-01'],
      refused(4, 'DEPENDENCIES_FAILED', /python-dateutil/),
    ],
    ['a time that is none', { 'app.py': '' }, ['--resolve-at', 'soon'], refused(2, 'USAGE', /--resolve-at "soon"/)],
    [
      'a time that is none in hibana.yaml',
      { 'app.py': '', 'hibana.yaml': 'version: 1\nbuild:\n  resolveAt: soon\n' },
      [],
      refused(2, 'CONFIG_INVALID', /^hibana\.yaml:3:14: "build\.resolveAt".*"soon"/),
    ],
  ])('refuses %s', async (_what, files, args, refusal) => {
    await using home = await makeHome();
    await expectRefusal(['run', await sourceFolder(home, files), ...args], refusal, home);
  });
});
