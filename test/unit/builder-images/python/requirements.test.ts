import { describe, expect, test } from 'vitest';
import type { DependencyInput } from '../../../../builder-images/builder.ts';
import { planTree } from '../../../../builder-images/builders.ts';
import { planOptions, treeOf } from '../tree-of.ts';

describe('planTree() with requirements.txt', () => {
  test.each([
    ['', null],
    ['# nothing\n\n', null],
    ['pyspark\n', null],
    ['PySpark[foo]==4.2.1\n', null],
    ['\uFEFFsix\r\nflask\r\n', 'six\nflask\n'],
    ['six # why\n', 'six\n'],
    ['x @ https://e.com/x.whl#sha256=ab\n', 'x @ https://e.com/x.whl#sha256=ab\n'],
    ['requests [socks] >= 2, \\\n  < 3 ; python_version > "3"', 'requests [socks] >= 2, < 3 ; python_version > "3"\n'],
    ['-i https://e.com/simple\n--no-binary :all:\nsix', '-i https://e.com/simple\n--no-binary :all:\nsix\n'],
    ['--find-links=https://e.com/wheels\nsix', '--find-links https://e.com/wheels\nsix\n'],
    ['-e git+https://e.com/x.git#egg=x', 'git+https://e.com/x.git#egg=x\n'],
    ['pyspark[constructor]\nsix', 'six\n'],
    ['pyspark-client\nsix', 'pyspark-client\nsix\n'],
  ])('reads %j', (text, requirements) => {
    expect(requirementsOf({ 'requirements.txt': text })?.requirements ?? null).toBe(requirements);
  });

  test.each([
    ['six ==', /requirements\.txt:1: "==" is not a version/],
    ['six\n\nflask=>2', /requirements\.txt:3: "=>2" is not a version/],
    ['!six', /requirements\.txt:1: .*name of a package/],
    ['six @', /no URL/],
    ['--nonsense', /"--nonsense" is not an option/],
    ['-r ../other.txt', /outside of the source/],
    ['-r /etc/passwd', /outside of the source/],
    ['-c https://e.com/c.txt', /not a file of the source/],
    ['-r no.txt', /requirements\.txt:1: the source has no "no\.txt"/],
    ['-r requirements.txt', /requirements\.txt → requirements\.txt/],
    ['./../../x', /outside/],
    ['/opt/x.whl', /outside/],
    ['x @ file:///opt/x.whl', /outside/],
    ['~/x', /outside/],
  ])('refuses %j at its line', (text, message) => {
    expect(() => requirementsOf({ 'requirements.txt': text })).toThrow(
      expect.objectContaining({ code: 'REQUIREMENTS_INVALID', message: expect.stringMatching(message) }),
    );
  });

  test('reads includes relative to the file that has them, and each once', () => {
    const input = requirementsOf({
      'requirements.txt': '-r req/a.txt\n-r req/b.txt\nsix',
      'req/a.txt': '--requirement=b.txt\naa',
      'req/b.txt': 'bb\n-c../limits.txt',
      'limits.txt': 'aa<2 --hash=sha256:00',
    });
    expect(input).toMatchObject({ requirements: 'bb\naa\nsix\n', constraints: 'aa<2\n', requireHashes: false });
  });

  test('says that a file is not text', () => {
    const tree = treeOf({ 'app.py': '' });
    const odd = { files: ['app.py', 'requirements.txt'], readText: tree.readText };
    expect(() => planTree(odd, planOptions())).toThrow(/it is not UTF-8 text/);
  });

  test('says that the URL of an index has credentials, and not which', () => {
    const tree = treeOf({ 'app.py': '', 'requirements.txt': '-i https://me:secret@e.com/simple\nsix' });
    const { notices } = planTree(tree, planOptions());
    expect(notices).toEqual([expect.stringMatching(/^requirements\.txt:1: .*credentials/)]);
    expect(notices.join()).not.toContain('secret');
  });
});

describe('planTree() with other files', () => {
  test.each([
    [{ 'pyproject.toml': '[tool.black]\n', 'requirements.txt': 'six' }, 'six\n', 0],
    [{ 'pyproject.toml': '[project]\ndependencies = ["a"]', 'requirements.txt': 'six' }, 'six\n', 1],
    [{ 'pyproject.toml': 'not toml dependencies =', 'requirements.txt': 'six' }, 'six\n', 0],
    [{ 'Pipfile.lock': '{"default":{"a":{"version":"==1"}}}', Pipfile: '', 'requirements.txt': 'six' }, 'a==1\n', 2],
    [{ 'pyproject.toml': dynamicProject(), 'deps.txt': 'six' }, 'six\n', 0],
    [{ 'uv.lock': '', 'requirements.txt': 'six' }, 'six\n', 1],
    [{ 'environment.yml': '' }, undefined, 1],
  ])('takes of %j %j, with %i notices', (texts, requirements, notices) => {
    const plan = planTree(treeOf({ 'app.py': '', ...texts }), planOptions());
    expect([requirementsIn(plan.dependencies)?.requirements, plan.notices.length]).toEqual([requirements, notices]);
  });

  test.each([
    [{ 'pyproject.toml': '[project]\ndependencies = [' }, /^pyproject\.toml:\d+: /],
    [{ 'pyproject.toml': '[project]\ndependencies = [\n  "six ==",\n]' }, /^pyproject\.toml:3: "==" is not/],
    [{ 'Pipfile.lock': '{' }, /^Pipfile\.lock: it is not JSON/],
    [{ 'Pipfile.lock': '[]' }, /^Pipfile\.lock: it is not a JSON object/],
    [{ Pipfile: '[packages]\na = "^1 || ^2"' }, /alternatives/],
    [{ 'uv.lock': 'x = ', 'pyproject.toml': '' }, /^uv\.lock:1: /],
  ])('refuses %j', (texts, message) => {
    expect(() => planTree(treeOf({ 'app.py': '', ...texts }), planOptions())).toThrow(
      expect.objectContaining({ code: 'REQUIREMENTS_INVALID', message: expect.stringMatching(message) }),
    );
  });
});

function dynamicProject(): string {
  return `[project]
dynamic = ["version", "dependencies"]
[tool.setuptools.dynamic]
dependencies = { file = ["deps.txt"] }
`;
}

function requirementsOf(texts: Readonly<Record<string, string>>) {
  return requirementsIn(planTree(treeOf({ 'app.py': '', ...texts }), planOptions()).dependencies);
}

function requirementsIn(input: DependencyInput | null) {
  return input?.kind === 'requirements' ? input : undefined;
}
