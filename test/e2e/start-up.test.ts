import { expect, it } from 'vitest';
import { makeHome, runCli } from '../helpers/cli.ts';
import { describeWith } from '../helpers/requires.ts';

/** A JVM that is told so does not start unless it can map its archive. */
const REQUIRED = '-Xshare:on';

describeWith('spark', true)('the archive of classes', () => {
  it('serves driver and executors', async () => {
    await using home = await makeHome();
    const conf = ['driver', 'executor'].flatMap((role) => ['--conf', `spark.${role}.extraJavaOptions=${REQUIRED}`]);
    const end = await runCli(['run', 'pi', ...conf, '--', '--slices', '2'], home);
    expect(end).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Pi is roughly 3\.\d+\n$/) });
  });

  it('serves a driver that has a configuration of its own, and is not asked for beside other classes', async () => {
    await using home = await makeHome();
    const own = ['--conf', `spark.driver.extraJavaOptions=${REQUIRED}`, '--cluster', 'local'];
    expect(await runCli(['run', 'test/fixtures/apps/spark-conf', ...own], home)).toMatchObject({ status: 0 });
  });
});
