import { describe, expect, it } from 'vitest';
import { gitCheck } from '../../../../cli/doctor/git-check.ts';
import { nodeCheck } from '../../../../cli/doctor/node-check.ts';
import { javaCheck, pythonCheck } from '../../../../cli/doctor/toolchain-checks.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { sparkSeriesOf } from '../../../../runtime/core/spark-versions.ts';
import { testCtx } from '../../../helpers/ctx.ts';

describe('nodeCheck()', () => {
  it.each([
    ['v24.21.0\n', 'ok', '24.21.0'],
    ['v25.0.0', 'ok', '25.0.0'],
    ['v22.11.0\n', 'failure', '22.11.0; hibana needs 24 or newer'],
    [undefined, 'failure', 'does not run; hibana needs 24 or newer'],
  ])('judges %j as %s', async (answer, state, detail) => {
    expect(await nodeCheck(async () => answer).run(testCtx())).toMatchObject({ state, detail });
  });
});

describe('gitCheck()', () => {
  it.each([
    [undefined, 'failure'],
    ['git version 1.8.3.1', 'failure'],
    ['git version 2.24.9', 'failure'],
    ['git version 2.25.0', 'warning'],
    ['git version 2.39.5', 'warning'],
    ['git version 2.43.6', 'warning'],
    ['git version 2.43.7', 'ok'],
    ['git version 2.44.3', 'warning'],
    ['git version 2.44.4', 'ok'],
    ['git version 2.45.4', 'ok'],
    ['git version 2.46.4', 'ok'],
    ['git version 2.47.2', 'warning'],
    ['git version 2.47.3', 'ok'],
    ['git version 2.48.1', 'warning'],
    ['git version 2.48.2', 'ok'],
    ['git version 2.49.0', 'warning'],
    ['git version 2.49.1', 'ok'],
    ['git version 2.50.0', 'warning'],
    ['git version 2.50.1.windows.1', 'ok'],
    ['git version 2.39.5 (Apple Git-154)\n', 'warning'],
    ['git version 2.51.0', 'ok'],
    ['git version 3.0', 'ok'],
    ['gut version 9', 'warning'],
  ])('judges %j as %s', async (answer, state) => {
    const finding = await gitCheck(async () => answer).run(testCtx());
    expect(finding.state).toBe(state);
    expect(finding.remedy === null).toBe(state === 'ok');
  });

  it.each([
    ['git version 2.39.5', '2.43.7'],
    ['git version 2.48.1', '2.48.2'],
  ])('says of %s that it wants %s', async (answer, wanted) => {
    expect((await gitCheck(async () => answer).run(testCtx())).remedy).toContain(`git to ${wanted} or newer`);
  });
});

const series = sparkSeriesOf('4.2');

describe('pythonCheck()', () => {
  it('says which Python, where, and what the Spark series takes', async () => {
    const check = pythonCheck(series, async () => ({ version: '3.11.7', place: '/usr/bin/python3' }));
    expect(await check.run(testCtx())).toEqual({
      state: 'ok',
      detail: '3.11.7 in /usr/bin/python3; Spark 4.2 runs on 3.10 to 3.14',
      remedy: null,
    });
  });

  it('passes on why none was found', async () => {
    const error = new ToolError('PYTHON_NOT_FOUND', 'Cannot find python3');
    await expect(pythonCheck(series, () => Promise.reject(error)).run(testCtx())).rejects.toBe(error);
  });
});

describe('javaCheck()', () => {
  const found = { version: '17.0.15', place: '/usr/lib/jvm/17' };

  it.each([
    [found, false, '17.0.15 in /usr/lib/jvm/17; Spark 4.2 runs on 17 to 25'],
    [undefined, true, 'none on this machine: the one in the cache is used; Spark 4.2 runs on 17 to 25'],
    [undefined, false, 'none on this machine: it will be fetched; Spark 4.2 runs on 17 to 25'],
  ])('is content with %j (in the cache: %j)', async (java, cached, detail) => {
    const check = javaCheck(series, { find: async () => java, isCached: async () => cached });
    expect(await check.run(testCtx())).toEqual({ state: 'ok', detail, remedy: null });
  });

  it('warns of a JAVA_HOME that was left out, and keeps what was said to itself', async () => {
    const ctx = testCtx();
    const check = javaCheck(series, {
      find: async ({ emit }) => {
        emit({ type: 'notice', level: 'warning', message: 'Leaves JAVA_HOME out: it is Java 8' });
        return found;
      },
      isCached: async () => false,
    });
    expect(await check.run(ctx)).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('Leaves JAVA_HOME out: it is Java 8'),
      remedy: expect.stringContaining('JAVA_HOME'),
    });
    expect(ctx.events).toEqual([]);
  });
});
