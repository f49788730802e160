import { describe, expect, it } from 'vitest';
import { makeHome, runCli } from '../helpers/cli.ts';
import { leftovers } from '../helpers/leftovers.ts';

/** No JVM begins with it. */
const CANNOT_START = ['--conf', 'spark.executor.extraJavaOptions=-agentlib:nothere'];
const LONG_MS = 300_000;
const isLong = process.env.HIBANA_TEST_LONG === '1';

describe('executors that cannot start', { timeout: LONG_MS }, () => {
  it('end the run with what one of them said, instead of being started without end', async () => {
    await using home = await makeHome();
    const end = await runCli(['run', 'pi', '-o', 'json', ...CANNOT_START], home);
    expect(end.status, end.stderr).toBe(6);
    expect(JSON.parse(end.stdout).outcome).toMatchObject({
      kind: 'failed',
      reason: { code: 'EXECUTORS_FAILED', message: expect.stringContaining('Could not find agent library nothere') },
    });
    expect(await leftovers(home)).toEqual([]);
  });

  if (isLong) {
    it('end a run on a shared cluster as well, on which others ran before, and which stays', async () => {
      await using home = await makeHome();
      await runCli(['cluster', 'create', 'team', '--workers', '1'], home);
      try {
        expect(await runCli(['run', 'pi', '--cluster', 'team'], home)).toMatchObject({ status: 0 });
        const end = await runCli(['run', 'pi', '--cluster', 'team', '-o', 'json', ...CANNOT_START], home);
        expect(end.status, end.stderr).toBe(6);
        expect(JSON.parse(end.stdout).outcome.reason).toMatchObject({ code: 'EXECUTORS_FAILED' });
        expect(await runCli(['run', 'pi', '--cluster', 'team'], home)).toMatchObject({ status: 0 });
      } finally {
        await runCli(['cluster', 'delete', 'team', '--force'], home);
      }
    });
  }
});
