import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moduleOptions } from '../../runtime/core/java-options.ts';
import { clusterFolder } from '../../runtime/platform/local/cluster-folder.ts';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';
import { readProcessRecords } from '../../runtime/platform/local/process-record.ts';
import { type CliEnd, type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { realLayout } from '../helpers/layout.ts';
import { leftovers, processesOf } from '../helpers/leftovers.ts';
import { sourceFolder } from '../helpers/source-folder.ts';

const apps = join(import.meta.dirname, '..', 'fixtures', 'apps');
const SOON_MS = 60_000;
const POLL_MS = 200;

const TELLS_OF_SASL = `
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("javax.security.sasl.SaslException: broker 3, will retry", file=sys.stderr, flush=True)
time.sleep(2)
spark.stop()
`;
/** Spark's own lines about its registration are not among them. */
const ONLY_WARNINGS = `
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
`;

/** One shared cluster for the whole file: a real one takes seconds, and living through all of this is what it is for. */
let home: Home;
let master: string;
let webUi: string;
let secretFile: string;

beforeAll(async () => {
  home = await makeHome();
  const made = await runCli(['cluster', 'create', 'team', '-o', 'json'], home);
  expect(made.status, made.stderr).toBe(0);
  ({ master, webUi } = JSON.parse(made.stdout).cluster);
  secretFile = clusterFolder(home.stateFolder, 'team').secret;
});

afterAll(async () => {
  await runCli(['cluster', 'delete', 'team', '--force'], home);
  await home[Symbol.asyncDispose]();
});

interface Shown {
  readonly cluster: { readonly state: string; readonly problem: string | null };
  readonly applications: readonly { readonly name: string }[];
}

async function show(): Promise<Shown> {
  return JSON.parse((await runCli(['cluster', 'show', 'team', '-o', 'json'], home)).stdout);
}

function recorded(): ReturnType<typeof readProcessRecords> {
  return readProcessRecords(join(clusterFolder(home.stateFolder, 'team').root, 'processes.ndjson'));
}

async function killMember(role: string): Promise<void> {
  process.kill((await recorded()).findLast((record) => record.role === role)?.pid ?? 0, 'SIGKILL');
}

function refusal(end: CliEnd): { status: number | null; code: string; message: string } {
  const { error } = JSON.parse(end.stdout);
  return { status: end.status, code: error.code, message: error.message };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + SOON_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come about in time');
    await pause(POLL_MS);
  }
}

/** All but the cluster itself, which is there to stay. */
async function leftByRuns(): Promise<readonly string[]> {
  const found = await leftovers(home, [], 0);
  const members = (await recorded()).map(({ pid }) => `process ${pid}:`);
  return found.filter((text) => text !== 'cluster folder team' && !members.some((member) => text.startsWith(member)));
}

describe('a shared cluster', () => {
  it('is there when its maker has gone, with its secret on no command line, and is not pruned', async () => {
    expect((await show()).cluster).toMatchObject({ state: 'ready', workers: 2, shared: true, spark: '4.2.1' });
    const secret = await readFile(secretFile, 'utf8');
    for (const text of await processesOf(home.path)) expect(text).not.toContain(secret);
    const pruned = await runCli(['cluster', 'prune', '-o', 'json'], home);
    expect(JSON.parse(pruned.stdout)).toMatchObject({ clusters: [], runs: [] });
    expect((await show()).cluster.state).toBe('ready');
  });

  it('runs a job by its name, which keeps its executors’ logs and leaves it as it is', async () => {
    const end = await runCli(['run', join(apps, 'sibling-module'), '--cluster', 'team', '-o', 'json'], home);
    expect(end.status, end.stderr).toBe(0);
    const { outcome } = JSON.parse(end.stdout);
    expect(outcome.cluster).toBe('team');
    expect(await readdir(outcome.logs)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^worker-\d\.app-.*stderr$/)]),
    );
    await until(async () => (await leftByRuns()).length === 0);
    expect((await show()).cluster.state).toBe('ready');
  });

  it('is not thought to have refused a job that tells of the refusal of another service', async () => {
    const folder = await sourceFolder(
      home,
      { 'app.py': TELLS_OF_SASL, 'spark-conf/log4j2.properties': ONLY_WARNINGS },
      'sasl',
    );
    const end = await runCli(['run', folder, '--cluster', 'team'], home);
    expect(end.status, end.stderr).toBe(0);
  });

  it('by its URL gets the dependencies with the job, native code included', async () => {
    const attached = ['--cluster', master, '--cluster-ui', webUi, '--cluster-secret-file', secretFile];
    const end = await runCli(['run', join(apps, 'native-udf'), ...attached], home);
    expect(end.status, end.stderr).toBe(0);
    const { work } = clusterFolder(home.stateFolder, 'team');
    expect(end.stdout).toMatch(
      new RegExp(`native-udf: 10 ${work}/[^ ]+/deps/numpy/[^ ]+ ${work}/[^ ]+/app/lib/measure.py`),
    );
    await until(async () => (await leftByRuns()).length === 0);
    expect((await show()).cluster.state).toBe('ready');
  });

  it.each([
    ['asks for a secret', undefined],
    ['is not the one it has', 'wrong'],
  ])('refuses a stranger in a moment: %s', async (why, secret) => {
    const file = join(home.path, 'a-secret');
    await writeFile(file, secret ?? '', { mode: 0o600 });
    const own = secret === undefined ? [] : ['--cluster-secret-file', file];
    const end = await runCli(['run', 'pi', '--cluster', master, '--cluster-ui', webUi, ...own, '-o', 'json'], home);
    const { status, code, message } = refusal(end);
    expect({ status, code }).toEqual({ status: 6, code: 'CLUSTER_AUTH' });
    expect(message).toContain(why);
    expect(end.stderr).not.toMatch(/\tat | (?:INFO|WARN|ERROR) /);
    const { outcome } = JSON.parse(end.stdout);
    expect(outcome.kind).toBe('not-started');
    expect(await readFile(join(outcome.logs, 'driver.spark.log'), 'utf8')).toMatch(/sasl/i);
  });

  it('is not deleted in use, tells the next one who holds it, and survives its master with the job on it', async () => {
    const job = startCli(['run', join(apps, 'long-job'), '--cluster', 'team', '--', '--stay-seconds', '45'], home);
    await until(async () => (await show()).applications.some(({ name }) => name === 'long-job'));

    const deleted = refusal(await runCli(['cluster', 'delete', 'team', '-o', 'json'], home));
    expect(deleted).toMatchObject({ status: 6, code: 'CLUSTER_IN_USE' });
    expect(deleted.message).toMatch(/application long-job \(app-[\d-]+, 2 cores\), run long-job-/);

    const busy = await runCli(['run', 'pi', '--cluster', 'team', '--cluster-timeout', '2s', '-o', 'json'], home);
    expect(refusal(busy)).toMatchObject({ status: 6, code: 'CLUSTER_BUSY' });
    expect(refusal(busy).message).toMatch(/long-job \(app-[\d-]+ of \w+\) holds 2 cores/);

    await killMember('master');
    expect((await show()).cluster).toMatchObject({ state: 'degraded', problem: 'its master is not running' });
    expect(JSON.parse((await runCli(['cluster', 'prune', '-o', 'json'], home)).stdout)).toMatchObject({ clusters: [] });
    const scaled = await runCli(['cluster', 'scale', 'team'], home);
    expect(scaled.status, scaled.stderr).toBe(0);
    expect(await show()).toMatchObject({ cluster: { state: 'ready' }, applications: [{ name: 'long-job' }] });

    const end = await job.ended;
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain('long-job: done');
  });

  it('stops a job whose cluster is deleted by force, and leaves nothing', async () => {
    const small = ['--workers', '1'];
    expect((await runCli(['cluster', 'create', 'brief', ...small], home)).status).toBe(0);
    const options = ['--cluster', 'brief', ...small, '-o', 'json'];
    const job = startCli(['run', join(apps, 'long-job'), ...options, '--', '--stay-seconds', '300'], home);
    await until(async () => {
      const shown = await runCli(['cluster', 'show', 'brief', '-o', 'json'], home);
      return JSON.parse(shown.stdout).applications.length > 0;
    });
    expect((await runCli(['cluster', 'delete', 'brief', '--force'], home)).status).toBe(0);
    expect(refusal(await job.ended)).toMatchObject({ status: 6, code: 'MASTER_LOST' });
    await until(async () => (await leftByRuns()).length === 0);
  });
});

describe('hibana cluster create', () => {
  it('deletes what it has made when it is interrupted', async () => {
    const cli = startCli(['cluster', 'create', 'half'], home);
    await until(async () => (await processesOf(clusterFolder(home.stateFolder, 'half').root)).length > 0);
    cli.child.kill('SIGINT');
    expect((await cli.ended).status).toBe(130);
    expect(await processesOf(clusterFolder(home.stateFolder, 'half').root)).toEqual([]);
    expect((await runCli(['cluster', 'show', 'half'], home)).status).toBe(8);
  });

  it('leaves it to prune when it is killed', async () => {
    const cli = startCli(['cluster', 'create', 'half'], home);
    const { root } = clusterFolder(home.stateFolder, 'half');
    await until(async () => (await processesOf(root)).length > 0);
    cli.child.kill('SIGKILL');
    await cli.ended;
    const pruned = await runCli(['cluster', 'prune', '-o', 'json'], home);
    expect(JSON.parse(pruned.stdout)).toMatchObject({ clusters: ['half'], leftovers: [] });
    expect(await processesOf(root)).toEqual([]);
    expect((await show()).cluster.state).toBe('ready');
  });
});

describe('hibana run on what is not there', () => {
  it.each([
    { name: 'a name that no cluster has', target: 'nobody', status: 8, code: 'CLUSTER_NOT_FOUND' },
    { name: 'a master', target: 'spark://127.0.0.1:1', status: 6, code: 'MASTER_UNREACHABLE' },
    { name: 'a Connect server', target: 'sc://127.0.0.1:1', status: 6, code: 'MASTER_UNREACHABLE' },
    { name: 'neither master nor name', target: 'k8s://here', status: 2, code: 'USAGE' },
  ])('$name: $code, before anything is prepared', async ({ target, status, code }) => {
    const end = await runCli(['run', 'pi', '--cluster', target, '-o', 'json'], home);
    expect(refusal(end)).toMatchObject({ status, code });
    expect(end.stderr).not.toContain('toolchain');
  });

  it('a master of another Spark: says which one it has', async () => {
    const socket = await listening(createServer());
    const page = await listening(
      createHttpServer((_request, response) => response.end('<b class="version">4.1.4</b>')),
    );
    const at = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const attached = ['--cluster', `spark://${at(socket)}`, '--cluster-ui', `http://${at(page)}`];
    const end = refusal(await runCli(['run', 'pi', ...attached, '-o', 'json'], home));
    expect(end).toMatchObject({ status: 6, code: 'SPARK_MISMATCH' });
    expect(end.message).toContain('Spark 4.1.4');
    socket.close();
    page.close();
  });

  it.each([
    { args: ['create', 'team'], status: 6, code: 'CLUSTER_EXISTS' },
    { args: ['create', 'local'], status: 2, code: 'NAME_INVALID' },
    { args: ['scale', 'team', '0'], status: 2, code: 'WORKERS_INVALID' },
    { args: ['scale', 'nobody', '1'], status: 8, code: 'CLUSTER_NOT_FOUND' },
    { args: ['delete', 'nobody'], status: 8, code: 'CLUSTER_NOT_FOUND' },
    { args: ['show', 'nobody'], status: 8, code: 'CLUSTER_NOT_FOUND' },
  ])('cluster $args: $code', async ({ args, status, code }) => {
    expect(refusal(await runCli(['cluster', ...args, '-o', 'json'], home))).toMatchObject({ status, code });
  });
});

describe('hibana run without a cluster of its own', () => {
  it('--cluster local: the driver alone', async () => {
    const end = await runCli(['run', 'pi', '--cluster', 'local[2]', '-o', 'json'], home);
    expect(end.status, end.stderr).toBe(0);
    const { outcome } = JSON.parse(end.stdout);
    expect(outcome.cluster).toBeNull();
    expect(outcome.steps.map(({ step }: { step: string }) => step)).not.toContain('cluster');
    await until(async () => (await leftByRuns()).length === 0);
  });

  it('--cluster sc://: as a client of a Connect server, told what it does not have', async () => {
    await using server = await startConnectServer();
    const attached = ['--cluster', server.remote];
    const good = await runCli(['run', join(apps, 'connect-client'), ...attached, '--', 'a b'], home);
    expect(good.status, good.stderr).toBe(0);
    expect(good.stdout).toContain('connect-client: connect 4950 a b');
    const rdd = refusal(await runCli(['run', 'pi', ...attached, '-o', 'json'], home));
    expect(rdd).toMatchObject({ status: 1, code: 'CONNECT_UNSUPPORTED' });
    expect(rdd.message).toContain('sparkContext');
  });
});

async function listening<T extends Server>(server: T): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

interface ConnectServer extends AsyncDisposable {
  readonly remote: string;
}

/** Spark's own, as its start script would start it. */
async function startConnectServer(): Promise<ConnectServer> {
  const layout = await realLayout();
  const [port = 0] = await chooseFreePorts(1);
  const child = spawn(
    join(layout.java, 'bin', 'java'),
    [
      ...['-Xmx1g', ...moduleOptions(layout), `-Djava.io.tmpdir=${home.path}`],
      ...['-cp', join(layout.spark, 'jars', '*'), 'org.apache.spark.deploy.SparkSubmit', '--master', 'local[1]'],
      ...['--conf', `spark.connect.grpc.binding.port=${port}`, '--conf', 'spark.ui.enabled=false'],
      ...['--conf', `spark.sql.warehouse.dir=${home.path}/warehouse`],
      ...['--class', 'org.apache.spark.sql.connect.service.SparkConnectServer', 'spark-internal'],
    ],
    {
      cwd: home.path,
      env: {
        ...{ PATH: process.env.PATH, HOME: home.path, SPARK_HOME: layout.spark, JAVA_HOME: layout.java },
        ...{ SPARK_LOCAL_IP: '127.0.0.1', SPARK_SCALA_VERSION: '2.13', SPARK_LOCAL_DIRS: home.path },
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
  await until(async () => said.join('').includes('Spark Connect server started'));
  return {
    remote: `sc://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
