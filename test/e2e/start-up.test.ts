import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeHome, runCli } from '../helpers/cli.ts';
import { describeWith } from '../helpers/requires.ts';
import { sourceFolder } from '../helpers/source-folder.ts';

/** A JVM that is told so does not start unless it can map its archive. */
const REQUIRED = '-Xshare:on';

describeWith('spark', true)('the archive of classes', () => {
  it('serves driver and executors', async () => {
    await using home = await makeHome();
    const conf = ['driver', 'executor'].flatMap((role) => ['--conf', `spark.${role}.extraJavaOptions=${REQUIRED}`]);
    const end = await runCli(['run', 'pi', ...conf, '--', '--slices', '2'], home);
    expect(end).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Pi is roughly 3\.\d+\n$/) });
  });

  it('leaves the Python of the driver to who chose it', async () => {
    await using home = await makeHome();
    const program = 'import os, sys\nprint(sys.executable, os.environ["PYSPARK_DRIVER_PYTHON"], sys.argv[1:])\n';
    const folder = await sourceFolder(home, { 'app.py': program, python: '#!/bin/sh\nexec python3 "$@" mine\n' });
    const python = join(folder, 'python');
    await chmod(python, 0o700);
    const end = await runCli(['run', folder, '-e', `PYSPARK_DRIVER_PYTHON=${python}`, '--', 'one'], home);
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain(`${python} ['one', 'mine']`);
  });

  it('serves a driver that has a configuration of its own, and is not asked for beside other classes', async () => {
    await using home = await makeHome();
    const own = ['--conf', `spark.driver.extraJavaOptions=${REQUIRED}`, '--cluster', 'local'];
    expect(await runCli(['run', 'test/fixtures/apps/spark-conf', ...own], home)).toMatchObject({ status: 0 });
  });
});
