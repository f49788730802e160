import { describe, expect, it } from 'vitest';
import { formatLibc, machineOf, parseLibc } from '../../../../cli/builder/architectures.ts';
import { chooseLibc, choosePython, pathBefore } from '../../../../cli/builder/base-choice.ts';
import type { RecipeInput } from '../../../../cli/builder/recipe.ts';
import type { StoredImage } from '../../../../cli/image/read-image.ts';
import type { Libc } from '../../../../cli/packages/machine.ts';
import { sparkSeriesOf } from '../../../../runtime/core/spark-versions.ts';

const glibc = (minor: number): Libc => ({ kind: 'glibc', version: [2, minor] });
const python = (minor: string) => ({ path: `/usr/bin/python${minor}`, minor });

function input(
  facts: Partial<RecipeInput['facts']>,
  options: Partial<Pick<RecipeInput, 'python' | 'libc' | 'tags'>> = {},
): RecipeInput {
  return {
    ...{
      platform: { os: 'linux', architecture: 'amd64' },
      baseName: 'base',
      spark: '4.2.1',
      python: null,
      libc: null,
      tags: [],
    },
    // No choice looks at it.
    base: {} as StoredImage,
    facts: { passwd: null, pythons: [], libc: null, programs: {}, folders: {}, ...facts },
    ...options,
  };
}

describe('choosePython()', () => {
  const series = sparkSeriesOf('4.2');

  it('takes the first of the base, or the one that is asked for', () => {
    const pythons = [python('3.12'), python('3.11')];
    expect(choosePython(input({ pythons }), series)).toEqual(python('3.12'));
    expect(choosePython(input({ pythons }, { python: '3.11' }), series)).toEqual(python('3.11'));
  });

  it.each([
    ['a base without one', [], null, 'BASE_UNSUPPORTED', 'no python3'],
    ['a base without that one', [python('3.12')], '3.11', 'BASE_UNSUPPORTED', 'it has Python 3.12, and not 3.11'],
    ['one that is too old', [python('3.8')], null, 'PYTHON_UNSUPPORTED', 'it has Python 3.8'],
    ['one that is too new', [python('3.99')], null, 'PYTHON_UNSUPPORTED', 'it has Python 3.99'],
  ])('refuses %s', (_, pythons, wanted, code, text) => {
    const choose = () => choosePython(input({ pythons }, { python: wanted }), series);
    expect(choose).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
  });
});

describe('choosePython(), where a tag says which', () => {
  const choose = (...tags: readonly string[]) =>
    choosePython(input({ pythons: [python('3.13'), python('3.11')] }, { tags }), sparkSeriesOf('4.2'));

  it.each(['3.13', '3.13-slim', '4.2-python3.13', '4.2-py3.13', 'v1', 'latest', '3.1', '3.5', '3.130', 'spark3.5'])(
    'takes "%s"',
    (tag) => expect(choose(tag)).toEqual(python('3.13')),
  );

  it.each([
    ['3.12', '3.13'],
    ['3.12-slim', '3.13-slim'],
    ['3.12.4-slim', '3.13-slim'],
    ['4.2-python3.11', '4.2-python3.13'],
    ['PY-3.11', 'PY-3.13'],
  ])('refuses "%s", and says what is true', (tag, right) => {
    const refused = { code: 'IMAGE_NAME_INVALID', hint: expect.stringContaining(`"${right}"`) };
    expect(() => choose('v1', tag)).toThrow(expect.objectContaining(refused));
  });
});

describe('chooseLibc()', () => {
  it('believes the base, unless it is told otherwise', () => {
    expect(chooseLibc(input({ libc: glibc(36) }))).toEqual(glibc(36));
    expect(chooseLibc(input({ libc: glibc(36) }, { libc: glibc(41) }))).toEqual(glibc(41));
  });

  it.each([
    ['one that does not tell', null, '--libc'],
    ['one that is too old', glibc(27), '--base'],
    ['musl', { kind: 'musl', version: [1, 2] } as const, '--base'],
  ])('refuses a base with %s, and says what to do', (_, libc, hint) => {
    const wanted = expect.objectContaining({ code: 'BASE_UNSUPPORTED', hint: expect.stringContaining(hint) });
    expect(() => chooseLibc(input({ libc }))).toThrow(wanted);
  });
});

it('parseLibc() reads what formatLibc() prints, and nothing else', () => {
  expect(parseLibc(formatLibc(glibc(36)))).toEqual(glibc(36));
  expect(() => parseLibc('bookworm')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

it('machineOf() knows the machines for which there are packages', () => {
  expect(machineOf({ os: 'linux', architecture: 'amd64' }, glibc(36)).arch).toBe('x64');
  expect(machineOf({ os: 'linux', architecture: 'arm64' }, glibc(36)).arch).toBe('arm64');
  const refused = expect.objectContaining({ code: 'ARCHITECTURE_NOT_FOUND' });
  expect(() => machineOf({ os: 'linux', architecture: 's390x' }, glibc(36))).toThrow(refused);
  expect(() => machineOf({ os: 'windows', architecture: 'amd64' }, glibc(36))).toThrow(refused);
});

it.each([
  [['A=b', 'PATH=/bin'], '/opt/x:/bin'],
  [undefined, '/opt/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
])("pathBefore() keeps the base's PATH behind: %j", (env, path) => {
  expect(pathBefore(env, ['/opt/x'])).toBe(path);
});
