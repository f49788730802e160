import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DependencyInput } from '../../../../../builder-images/builder.ts';
import { checkLockPython } from '../../../../../cli/toolchain/dependencies/lock-python.ts';

const python = {
  ...{ path: '/usr/bin/python3', version: '3.11.7', major: 3, minor: 11 },
  ...{ implementation: 'cpython', platform: 'linux-x86_64', libc: 'glibc' },
};
const UV: DependencyInput = { kind: 'uv-lock', files: ['pyproject.toml', 'uv.lock'] };
const PIPENV: DependencyInput = {
  ...{ kind: 'requirements', requirements: 'six==1.17.0\n', constraints: '', requireHashes: false },
  files: ['Pipfile.lock'],
};
const pipfile = (requires: object): string => JSON.stringify({ _meta: { requires }, default: {} });

/** The message it is refused with; `null` when it is not. */
async function refusal(input: DependencyInput, text: string): Promise<unknown> {
  const appDir = await mkdtemp(join(tmpdir(), 'hibana-lock-'));
  await writeFile(join(appDir, input.files.at(-1) ?? ''), text);
  const checked = checkLockPython({ input, appDir, python });
  const result = await checked.then(
    () => null,
    ({ code, message }) => `${code} ${message}`,
  );
  await rm(appDir, { recursive: true });
  return result;
}

describe('checkLockPython()', () => {
  it.each([
    [UV, 'requires-python = ">=3.12"\n', 'uv.lock: it is for Python >=3.12'],
    [PIPENV, pipfile({ python_version: '3.6' }), 'Pipfile.lock: it is for Python 3.6'],
    [PIPENV, pipfile({ python_version: '2' }), 'Pipfile.lock: it is for Python 2'],
    [PIPENV, pipfile({ python_full_version: '3.6.8' }), 'Pipfile.lock: it is for Python 3.6.8'],
    [PIPENV, pipfile({ python_version: '3.1' }), 'Pipfile.lock: it is for Python 3.1'],
    [PIPENV, pipfile({ python_version: '>=3.12' }), 'Pipfile.lock: it is for Python >=3.12'],
  ])('refuses a lock for another Python: %j %s', async (input, text, said) => {
    const message = `PYTHON_UNSUPPORTED Cannot install from ${said}, and "/usr/bin/python3" is 3.11.7`;
    expect(await refusal(input, text)).toBe(message);
  });

  it.each([
    [UV, 'requires-python = ">=3.10"\n'],
    [UV, 'version = 1\n'],
    [PIPENV, pipfile({ python_version: '3.11' })],
    [PIPENV, pipfile({ python_version: '3' })],
    [PIPENV, pipfile({ python_full_version: '3.11.2', python_version: '3.11' })],
    [PIPENV, pipfile({ python_version: '*' })],
    [PIPENV, pipfile({})],
    [PIPENV, JSON.stringify({ default: {} })],
  ])('takes one for this Python, or for any: %j %s', async (input, text) => {
    expect(await refusal(input, text)).toBeNull();
  });

  it('reads no lock that the dependencies do not come from', async () => {
    const input: DependencyInput = { ...PIPENV, files: ['requirements.txt'] };
    expect(await refusal(input, '')).toBeNull();
  });
});
