import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { explainFailure, generalFailure } from '../../../../cli/toolchain/dependency-failure.ts';
import { createPackageSource } from '../../../../cli/toolchain/deps.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { type IndexBehaviour, startPackageIndex } from '../../../helpers/package-index.ts';
import { createWorkspace } from './fake-packages.ts';

const bytes = Buffer.from('');
const projects = { six: { 'six-1.9.0-py3-none-any.whl': bytes, 'six-1.17.0.tar.gz': bytes } };
const lastLines = ['Resolved', 'error: No solution', '  cause: one', '         and two'];

async function explain(requirements: string, behaviour: Partial<IndexBehaviour> = {}): Promise<unknown> {
  await using space = await createWorkspace();
  await using index = await startPackageIndex(projects, behaviour);
  const deps = space.deps({ indexUrl: index.url });
  await mkdir(deps.cache);
  await using source = createPackageSource(deps);
  const result = { status: 1, stdout: '', lastLines };
  return await explainFailure({ requirements, result, source, deps }, testCtx());
}

describe('explainFailure()', () => {
  it('names the requirement that the index does not have', async () => {
    expect(await explain('six\nnothing>=1 ; python_version>"3"\n')).toMatchObject({
      code: 'DEPENDENCY_NOT_FOUND',
      message: expect.stringMatching(/^Cannot find "nothing>=1": the index at "127\.0\.0\.1:\d+" has no such package$/),
      details: { requirement: 'nothing>=1', lastLines },
    });
  });

  it('names the newest version when none fits', async () => {
    expect(await explain('six==99.1')).toMatchObject({
      code: 'DEPENDENCY_NOT_FOUND',
      message: expect.stringContaining('has six up to 1.17.0, and nothing that fits'),
    });
  });

  it('gives the last words of uv when everything is there', async () => {
    expect(await explain('six>=1.9')).toMatchObject({
      code: 'DEPENDENCIES_FAILED',
      message: 'Cannot install the dependencies: error: No solution cause: one and two',
      details: { status: 1, lastLines },
    });
  });

  it.each(['--extra-index-url http://other.example/simple', '-i http://other.example/simple', '--find-links wheels'])(
    'does not say of a requirement that it is not there where the list itself names another place: %s',
    async (option) => {
      expect(await explain(`${option}\nnothing>=1\n`)).toMatchObject({ code: 'DEPENDENCIES_FAILED' });
    },
  );

  it('says that the index refuses, when that is the reason', async () => {
    expect(await explain('six', { login: 'a:b' })).toMatchObject({ code: 'INDEX_AUTH' });
  });
});

describe('generalFailure()', () => {
  const reason = ['  × No solution found', 'Because six==1.9 is not there,', '  nothing can be installed.'];

  it.each([
    ['', reason],
    [', and not its advice', [...reason, 'hint: Take another', '  index.', 'hint: Or another time.']],
  ])('gives the last paragraph where uv names no error%s', (_what, lines) => {
    expect(generalFailure({ status: 1, stdout: '', lastLines: lines }).message).toBe(
      'Cannot install the dependencies: Because six==1.9 is not there, nothing can be installed.',
    );
  });
});
