import { beforeEach, describe, expect, it } from 'vitest';
import {
  checkBuilders,
  findBuilderDigest,
  type NamedBuilder,
  readBuilder,
} from '../../../../cli/build/find-builder.ts';
import { addBuilder } from '../../../helpers/builder-image.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { MemoryStore } from '../../../helpers/memory-store.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

function named(reference: string): NamedBuilder {
  return { name: `reg.example/b:${reference}`, reference, store, ref: null, publicName: reference };
}

describe('readBuilder()', () => {
  it('reads the builder of a platform by the digest of its name', async () => {
    const digest = await addBuilder(store, { tag: 'v1', architectures: ['amd64', 'arm64'], python: '3.11' });
    expect(await findBuilderDigest(named('v1'), testCtx())).toBe(digest);
    const builder = await readBuilder(named('v1'), digest, arm64, testCtx());
    expect(builder.facts).toMatchObject({ python: '3.11', spark: '4.2.1' });
    expect(builder.image.config.architecture).toBe('arm64');
    expect(builder.image.index).toBe(digest);
  });

  it('asks nobody for the digest of a name that has one', async () => {
    const reference = `sha256:${'0'.repeat(64)}`;
    expect(await findBuilderDigest(named(reference), testCtx())).toBe(reference);
  });

  it('rejects for what is not there, not for this platform, and no builder', async () => {
    await expect(findBuilderDigest(named('v2'), testCtx())).rejects.toMatchObject({ code: 'BUILDER_NOT_FOUND' });
    const digest = await addBuilder(store, { tag: 'v1' });
    await expect(readBuilder(named('v1'), digest, arm64, testCtx())).rejects.toMatchObject({
      code: 'ARCHITECTURE_NOT_FOUND',
    });
    const other = store.addImage('other', amd64);
    await expect(readBuilder(named('other'), other.digest, amd64, testCtx())).rejects.toMatchObject({
      code: 'BUILDER_UNSUPPORTED',
    });
  });
});

describe('checkBuilders()', () => {
  const check = async (needs: { builder: string; spark: string; python: string | null }) => {
    const digest = await addBuilder(store, { tag: 'v1' });
    const builder = await readBuilder(named('v1'), digest, amd64, testCtx());
    return () => checkBuilders('reg.example/b:v1', [builder], needs);
  };

  it.each([null, '3.12', '/usr/bin/python3.11', 'python3'])('takes what fits, for the Python %j', async (python) => {
    expect(await check({ builder: 'python', spark: '4.2.1', python })).not.toThrow();
  });

  it.each([
    ['python', '4.1.4', null, /Spark 4\.1\.4: "reg\.example\/b:v1" for amd64 has Spark 4\.2\.1/],
    ['python', '4.2.1', '3.11', /Python 3\.11: .* has Python 3\.12/],
    ['scala', '4.2.1', null, /source for scala: .* is a builder for python/],
  ])('refuses a source for %s with Spark %s and Python %j, naming both', async (builder, spark, python, message) => {
    expect(await check({ builder, spark, python })).toThrowError(
      expect.objectContaining({ code: 'BUILDER_MISMATCH', exitCode: 4, message: expect.stringMatching(message) }),
    );
  });
});
