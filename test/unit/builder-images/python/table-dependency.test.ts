import { expect, test } from 'vitest';
import { tableDependency } from '../../../../builder-images/python/table-dependency.ts';

const place = { file: 'pyproject.toml', line: 1 };

test.each([
  ['^1.2.3', '>=1.2.3,<2'],
  ['^1.2', '>=1.2,<2'],
  ['^0.2.3', '>=0.2.3,<0.3'],
  ['^0.0.3', '>=0.0.3,<0.0.4'],
  ['^0.0', '>=0.0,<0.1'],
  ['^0', '>=0,<1'],
  ['~1.2.3', '>=1.2.3,<1.3'],
  ['~1.2', '>=1.2,<1.3'],
  ['~1', '>=1,<2'],
  ['~=1.4', '~=1.4'],
  ['1.2.*', '==1.2.*'],
  ['=1.2', '==1.2'],
  ['*', ''],
  ['', ''],
  ['>= 1.0, < 2.0', '>=1.0,<2.0'],
  ['^1.2, !=1.3', '>=1.2,<2,!=1.3'],
])('tableDependency() reads the version %j as %j', (version, specifier) => {
  expect(textsOf('a', version)).toEqual([`a${specifier}`]);
});

test.each([
  [{ version: '^1', optional: true }, []],
  [{ version: '*', extras: ['x', 'Y_z'] }, ['a[x,y-z]']],
  [{ version: '^1', python: '^3.8' }, ['a>=1,<2 ; (python_version >= "3.8") and (python_version < "4")']],
  [
    { version: '*', markers: "os_name == 'nt'", platform: 'win32' },
    [`a ; (os_name == 'nt') and (sys_platform == "win32")`],
  ],
  [
    { git: 'https://e.com/a.git', branch: 'main', subdirectory: 'py' },
    ['a @ git+https://e.com/a.git@main#subdirectory=py'],
  ],
  [{ git: 'git@e.com:team/a.git' }, ['a @ git+ssh://git@e.com/team/a.git']],
  [{ url: 'https://e.com/a.whl' }, ['a @ https://e.com/a.whl']],
  [{ hg: 'https://e.com/a' }, []],
  [{ path: 'libs/a' }, []],
  [
    [{ version: '1', python: '<3.9' }, { version: '2' }],
    ['a==1 ; python_version < "3.9"', 'a==2'],
  ],
])('tableDependency() reads %j as %j', (value, texts) => {
  expect(textsOf('A', value)).toEqual(texts);
});

function textsOf(name: string, value: unknown): readonly string[] {
  return tableDependency(name, value, place).flatMap((set) => set.lines.map(({ text }) => text));
}
