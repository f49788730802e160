import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probeIndex } from '../../cli/toolchain/probes.ts';
import { makeHome, runCli } from '../helpers/cli.ts';
import { testCtx } from '../helpers/ctx.ts';
import { startKafka } from '../helpers/kafka.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { findPostgres, startPostgres } from '../helpers/postgres.ts';
import { expectRefusal } from '../helpers/refusal.ts';
import { describeWith, itWith } from '../helpers/requires.ts';
import { startS3Server } from '../helpers/s3-server.ts';

const isLong = process.env.HIBANA_TEST_LONG === '1';
const { env, platform, arch, pid } = process;
const index = { indexUrl: null, caFile: null };
const deps = { cache: '', env, home: homedir(), platform, arch, pid, extraEnv: {}, index };
const { problem } = await probeIndex(deps, testCtx());
const fixtures = join(import.meta.dirname, '..', 'fixtures', 'packages');

describe('hibana run, given a package that it cannot use,', () => {
  it.each([
    ['org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.0', 4, 'JAR_UNSUPPORTED', /built for Spark 3\.5 and Scala 2\.12/],
    ['org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.6.1', 4, 'JAR_UNSUPPORTED', /Spark 4\.2\.1/],
    ['postgresql', 2, 'USAGE', /"postgresql": it is not group:artifact:version/],
  ])('refuses %s', async (name, status, code, names) => {
    await using home = await makeHome();
    await expectRefusal(['run', 'pi', '--packages', name], { status, code, names }, home);
  });

  it('refuses a mirror that is down, and names it', async () => {
    await using home = await makeHome();
    const own = join(home.path, 'own');
    const mirror = '<mirror><id>near</id><url>http://127.0.0.1:9/maven</url><mirrorOf>*</mirrorOf></mirror>';
    await mkdir(join(own, '.m2'), { recursive: true });
    await writeFile(join(own, '.m2', 'settings.xml'), `<settings><mirrors>${mirror}</mirrors></settings>`);
    const XDG_CACHE_HOME = env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
    await expectRefusal(
      ['run', 'pi', '--packages', 'org.example:nobody-has-it:1.0'],
      { status: 4, code: 'MAVEN_UNREACHABLE', names: /"near" at "127\.0\.0\.1:9": it refuses the connection/ },
      home,
      { env: { HOME: own, XDG_CACHE_HOME } },
    );
  });
});

describeWith('index', problem === null)('hibana run with the extra s3', () => {
  it.each([
    ['by the environment', true],
    ['by a secret file', false],
  ])('writes and reads with credentials given %s, which nothing shows', async (_how, byEnvironment) => {
    await using home = await makeHome();
    await using server = await startS3Server('lake');
    const secret = join(home.path, 'credentials');
    await writeFile(secret, '[default]\naws_access_key_id = KEYFORTEST\naws_secret_access_key = not-to-be-seen\n');
    const credentials = { AWS_ACCESS_KEY_ID: 'KEYFORTEST', AWS_SECRET_ACCESS_KEY: 'not-to-be-seen' };
    const flags = byEnvironment ? [] : ['--secret', `AWS_SHARED_CREDENTIALS=${secret}`];
    const end = await runCli(['run', join(fixtures, 's3'), ...flags, '--', 's3a://lake/numbers'], home, {
      env: { AWS_ENDPOINT_URL: server.endpoint, ...(byEnvironment ? credentials : {}) },
    });
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain('sum 499500');
    expect(await server.list('lake')).toContain('numbers/_SUCCESS');
    expect([...server.keys]).toEqual(['KEYFORTEST']);
    expect(await filesWith('not-to-be-seen', home.stateFolder)).toEqual([]);
    expect(await leftovers(home)).toEqual([]);
  });
});

// They fetch much, or need a server: a part of the long run.
const longly = isLong ? describe : () => {};

longly('hibana run with real servers and formats', () => {
  it('reads and writes an Iceberg table on the newest Spark that has a runtime', async () => {
    await using home = await makeHome();
    const end = await runCli(['run', join(fixtures, 'iceberg')], home);
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain('rows 2 snapshots 2');
  });

  it('reads a Kafka topic', async () => {
    await using home = await makeHome();
    await using kafka = await startKafka();
    const end = await runCli(['run', join(fixtures, 'kafka'), '--', kafka.address], home);
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain('read 10');
  });

  itWith('postgresql', findPostgres() !== undefined)('writes and reads a PostgreSQL table', async () => {
    await using home = await makeHome();
    await using postgres = await startPostgres();
    const end = await runCli(['run', join(fixtures, 'postgresql'), '--', postgres.url], home);
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain('total 4950');
  });
});

async function filesWith(text: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(paths.map(async (path) => (await readFile(path)).includes(text)));
  return paths.filter((_, at) => found[at]);
}
