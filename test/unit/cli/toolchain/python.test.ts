import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ToolchainDeps } from '../../../../cli/toolchain/deps.ts';
import { findPython } from '../../../../cli/toolchain/python.ts';
import { sparkSeriesOf } from '../../../../runtime/core/spark-versions.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { createWorkspace, type Workspace } from './fake-packages.ts';

const series = sparkSeriesOf('4.3');

function answering(minor: number, path: string, implementation = 'cpython'): string {
  const info = {
    path,
    version: `3.${minor}.1`,
    major: 3,
    minor,
    implementation,
    platform: 'linux-x86_64',
    libc: 'glibc',
  };
  return `echo '${JSON.stringify(info)}'`;
}

/** Without the Pythons of this machine. */
function onlyIn(space: Workspace): ToolchainDeps {
  return { ...space.deps({}), env: { PATH: join(space.root, 'bin') } };
}

describe('findPython()', () => {
  it('takes python3 when it fits, and the interpreter behind a shim', async () => {
    await using space = await createWorkspace();
    await space.script('bin/python3', answering(12, '/real/python3.12'));
    const python = await findPython({ wanted: null, series }, onlyIn(space), testCtx());
    expect(python).toMatchObject({ path: '/real/python3.12', minor: 12 });
  });

  it('takes the newest python3.N that fits when python3 is too old', async () => {
    await using space = await createWorkspace();
    await space.script('bin/python3', answering(9, '/old'));
    await space.script('bin/python3.11', answering(11, '/eleven'));
    await space.script('bin/python3.13', answering(13, '/thirteen'));
    const python = await findPython({ wanted: null, series }, onlyIn(space), testCtx());
    expect(python.path).toBe('/thirteen');
  });

  it('takes the version asked for', async () => {
    await using space = await createWorkspace();
    await space.script('bin/python3', answering(13, '/thirteen'));
    await space.script('bin/python3.11', answering(11, '/eleven'));
    const python = await findPython({ wanted: '3.11', series }, onlyIn(space), testCtx());
    expect(python.path).toBe('/eleven');
  });

  it('says PYTHON_UNSUPPORTED with what it saw and what Spark takes', async () => {
    await using space = await createWorkspace();
    const path = await space.script('own/python', answering(9, '/old'));
    await expect(findPython({ wanted: path, series }, space.deps({}), testCtx())).rejects.toMatchObject({
      code: 'PYTHON_UNSUPPORTED',
      message: expect.stringMatching(/3\.11 to 3\.14, and ".*own\/python" is cpython 3\.9\.1/),
    });
  });

  it.each(['3.8', '2.7', 'python3.8', '3.15'])(
    'says of a version that Spark never takes no more than that: %s',
    async (wanted) => {
      await using space = await createWorkspace();
      await space.script('bin/python3', answering(12, '/twelve'));
      await expect(findPython({ wanted, series }, onlyIn(space), testCtx())).rejects.toMatchObject({
        code: 'PYTHON_UNSUPPORTED',
        message: `Cannot use Python ${wanted.replace('python', '')}: Spark 4.3 runs on Python 3.11 to 3.14`,
      });
    },
  );

  it('says PYTHON_UNSUPPORTED for one that does not run', async () => {
    await using space = await createWorkspace();
    const path = await space.script('own/python', 'exit 1');
    const result = findPython({ wanted: path, series }, space.deps({}), testCtx());
    await expect(result).rejects.toMatchObject({ code: 'PYTHON_UNSUPPORTED', message: /does not run/ });
  });

  it('says PYTHON_NOT_FOUND when there is none', async () => {
    await using space = await createWorkspace();
    const result = findPython({ wanted: '/no/such/python', series }, space.deps({}), testCtx());
    await expect(result).rejects.toMatchObject({ code: 'PYTHON_NOT_FOUND' });
  });
});
