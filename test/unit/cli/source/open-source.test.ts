import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../../../cli/source/open-source.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { startWorkbench } from '../../../helpers/git-workbench.ts';

async function makeFolder(): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'hibana-directory-')));
  await mkdir(join(dir, 'services/etl'), { recursive: true });
  await writeFile(join(dir, 'services/etl/app.py'), 'print(1)');
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

describe('openSource() of a directory', () => {
  it.each([
    [null, ''],
    ['services/etl', '/services/etl'],
  ])('with the context directory %j gives it where it is and deletes nothing', async (contextDir, below) => {
    await using folder = await makeFolder();
    await using bench = await startWorkbench();
    const source = { kind: 'directory', path: folder.dir, contextDir } as const;
    {
      await using tree = await openSource(source, bench.options(), testCtx());
      expect(tree).toMatchObject({ dir: folder.dir + below, commit: null });
      expect(await bench.left()).toEqual([]);
    }
    expect(await readdir(folder.dir)).toEqual(['services']);
  });

  it.each([
    ['missing', 'SOURCE_NOT_FOUND'],
    ['services/etl/app.py', 'SOURCE_NOT_FOUND'],
  ])('that is "%s" fails with %s', async (path, code) => {
    await using folder = await makeFolder();
    await using bench = await startWorkbench();
    const source = { kind: 'directory', path: join(folder.dir, path), contextDir: null } as const;
    await expect(openSource(source, bench.options(), testCtx())).rejects.toMatchObject({ code });
  });

  it.each(['..', 'services/../..', '/etc', 'out', 'none', 'services/etl/app.py'])(
    'refuses the context directory "%s"',
    async (contextDir) => {
      await using folder = await makeFolder();
      await using bench = await startWorkbench();
      await symlink('/etc', join(folder.dir, 'out'));
      const source = { kind: 'directory', path: folder.dir, contextDir } as const;
      const opening = openSource(source, bench.options(), testCtx());
      await expect(opening).rejects.toMatchObject({ code: 'CONTEXT_DIR_INVALID' });
    },
  );
});

describe('openSource() of a template', () => {
  it('copies it, and deletes the copy when it is disposed', async () => {
    await using folder = await makeFolder();
    await using bench = await startWorkbench();
    const options = bench.options({ templatesDir: join(folder.dir, 'services') });
    {
      await using tree = await openSource({ kind: 'template', name: 'etl' }, options, testCtx());
      expect(await readFile(join(tree.dir, 'app.py'), 'utf8')).toBe('print(1)');
      expect(tree.description).toBe('template etl');
      await writeFile(join(tree.dir, 'app.py'), 'changed');
    }
    expect(await bench.left()).toEqual([]);
    expect(await readFile(join(folder.dir, 'services/etl/app.py'), 'utf8')).toBe('print(1)');
  });

  it.each(['none', '../services', '..', ''])('named "%s" fails', async (name) => {
    await using folder = await makeFolder();
    await using bench = await startWorkbench();
    const options = bench.options({ templatesDir: join(folder.dir, 'services') });
    await expect(openSource({ kind: 'template', name }, options, testCtx())).rejects.toMatchObject({
      code: 'TEMPLATE_UNKNOWN',
    });
    expect(await bench.left()).toEqual([]);
  });
});
