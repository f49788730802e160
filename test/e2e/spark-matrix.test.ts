import { describe, expect, it } from 'vitest';
import { SPARK_SERIES } from '../../runtime/core/spark-versions.ts';
import { type CliEnd, makeHome, runCli } from '../helpers/cli.ts';
import { loadFixture, matchesText } from '../helpers/fixture.ts';
import { leftovers } from '../helpers/leftovers.ts';

const isLong = process.env.HIBANA_TEST_LONG === '1';
/** 450 MB are fetched the first time. */
const ONE_MS = 900_000;
/** A release of the default series that is not the one of the matrix. */
const UNTRIED = '4.2.0';

const fixture = loadFixture('udfs');

/** A Python function, a pandas function and SQL on this Spark: `fixtures.test.ts` does it on the default one. */
async function runOn(spark: string): Promise<CliEnd> {
  await using home = await makeHome();
  const end = await runCli(['run', fixture.dir, '--spark', spark], home);
  const [expected] = fixture.cases;
  expect(end.status, end.stderr).toBe(expected?.status);
  for (const text of expected?.stdout ?? []) expect(matchesText(text, end.stdout), end.stdout).toBe(true);
  expect(await leftovers(home)).toEqual([]);
  return end;
}

const longly = isLong ? describe : () => {};

longly('hibana run --spark, in the long run,', () => {
  it.each(SPARK_SERIES)('runs $series', { timeout: ONE_MS }, async ({ series, release }) => {
    expect((await runOn(series)).stdout).toContain(`spark ${release} `);
  });

  it('runs a release that is not in the matrix on its own word, and says so', { timeout: ONE_MS }, async () => {
    const { stdout, stderr } = await runOn(UNTRIED);
    expect(stdout).toContain(`spark ${UNTRIED} `);
    expect(stderr).toContain(`Spark ${UNTRIED} is used on your word`);
  });
});

describe('hibana run --spark', () => {
  it('says of a version that is not there which are', async () => {
    await using home = await makeHome();
    const { status, stderr } = await runCli(['run', fixture.dir, '--spark', '3.4.1'], home);
    expect(status).toBe(4);
    for (const { release } of SPARK_SERIES) expect(stderr).toContain(release);
    expect(await leftovers(home)).toEqual([]);
  });
});
