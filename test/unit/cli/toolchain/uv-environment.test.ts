import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../../cli/packages/machine.ts';
import { createPackageSource } from '../../../../cli/toolchain/deps.ts';
import { uvEnvironment } from '../../../../cli/toolchain/uv-environment.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { createWorkspace, type Workspace } from './fake-packages.ts';

async function environment(space: Workspace, env: Environment, caFile: string | null = null): Promise<Environment> {
  const deps = { ...space.deps({}), env, index: { indexUrl: null, caFile } };
  const source = createPackageSource(deps);
  return uvEnvironment(await source.settings(testCtx()), { deps, folder: space.root });
}

describe('uvEnvironment()', () => {
  it('puts what is set for pip into the words of uv', async () => {
    await using space = await createWorkspace();
    await mkdir(join(space.root, 'wheels'));
    const env = await environment(space, {
      PIP_INDEX_URL: 'https://me:s3cret@index.example/simple',
      PIP_EXTRA_INDEX_URL: 'https://one.example/simple https://two.example/simple',
      PIP_FIND_LINKS: `${space.root}/wheels ${space.root}/gone`,
      PYTHONPATH: '/mine',
    });
    expect(env).toMatchObject({
      UV_DEFAULT_INDEX: 'https://me:s3cret@index.example/simple',
      UV_EXTRA_INDEX_URL: 'https://one.example/simple https://two.example/simple',
      UV_FIND_LINKS: `${space.root}/wheels`,
      UV_CACHE_DIR: join(space.root, 'cache', 'uv-cache'),
      HIBANA_MARK: '1',
    });
    expect(env.PYTHONPATH).toBeUndefined();
  });

  it('leaves to uv what is set for uv, and the default index when nothing is', async () => {
    await using space = await createWorkspace();
    const env = await environment(space, {
      UV_INDEX: 'torch=https://torch.example/simple',
      PIP_CONFIG_FILE: '/dev/null',
    });
    expect(env.UV_INDEX).toBe('torch=https://torch.example/simple');
    expect(env).not.toHaveProperty('UV_DEFAULT_INDEX');
    expect(env).not.toHaveProperty('UV_EXTRA_INDEX_URL');
    expect(env).not.toHaveProperty('SSL_CERT_FILE');
  });

  it('gives uv every authority: the one named and those that are trusted anyway', async () => {
    await using space = await createWorkspace();
    const own = rootCertificates[0] ?? '';
    const caFile = join(space.root, 'ca.pem');
    await writeFile(caFile, own);
    const env = await environment(space, { PIP_CONFIG_FILE: '/dev/null' }, caFile);
    const bundle = await readFile(env.SSL_CERT_FILE ?? '', 'utf8');
    expect(bundle).toContain(own.trim());
    expect(bundle.match(/BEGIN/g)?.length).toBeGreaterThan(10);
  });

  it('says FILE_UNREADABLE for an authority that is not there', async () => {
    await using space = await createWorkspace();
    await expect(environment(space, {}, '/no/such.pem')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
