import { describe, expect, it } from 'vitest';
import { networkCheck } from '../../../../cli/doctor/network-check.ts';
import { readIndexSettings } from '../../../../cli/packages/index-settings.ts';
import { testCtx } from '../../../helpers/ctx.ts';

type Env = Readonly<Record<string, string>>;

const check = (env: Env) =>
  networkCheck((ctx) =>
    readIndexSettings(
      { indexUrl: null, caFile: null },
      { env: { PIP_CONFIG_FILE: '/dev/null', ...env }, home: '/none' },
      ctx,
    ),
  ).run(testCtx());

describe('networkCheck()', () => {
  it('names each setting and who said it, and no secret', async () => {
    const finding = await check({
      PIP_INDEX_URL: 'https://me:s3cret@index.example:8443/simple',
      UV_INDEX: 'https://wheels.example/simple',
      HTTPS_PROXY: 'http://clerk:pr0xy@proxy.example:3128',
      SSL_CERT_FILE: '/etc/corp.pem',
    });
    expect(finding.state).toBe('ok');
    for (const part of [
      'index.example:8443 (PIP_INDEX_URL)',
      'further indexes wheels.example',
      'logins for index.example:8443',
      'proxy.example:3128 (HTTPS_PROXY)',
      '/etc/corp.pem',
    ]) {
      expect(finding.detail).toContain(part);
    }
    expect(JSON.stringify(finding)).not.toMatch(/s3cret|pr0xy/);
  });

  it('says when nothing is set', async () => {
    const { state, detail } = await check({});
    expect(state).toBe('ok');
    expect(detail).toMatch(/\(the default\); no proxy; the usual authorities$/);
  });

  it('warns of a host whose certificate is not checked', async () => {
    expect(await check({ PIP_TRUSTED_HOST: 'index.example' })).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('index.example is not checked'),
    });
  });

  it('fails for a setting that cannot be used', async () => {
    expect(await check({ PIP_INDEX_URL: 'ftp://index.example' })).toMatchObject({ state: 'failure' });
  });
});
