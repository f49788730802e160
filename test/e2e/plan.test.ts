import { readdir } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliOptions, type Home, makeHome, runCli } from '../helpers/cli.ts';
import { startGitServer } from '../helpers/git-server.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { sourceFolder } from '../helpers/source-folder.ts';

const PROGRAM = 'from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()\n';

const PROJECT = `version: 1
name: nightly
cluster:
  workers: 3
configs:
  large:
    cluster:
      workers: 8
`;

const APPS = `version: 1
apps:
  - name: load
    contextDir: load
    main: load.py
  - name: report
    contextDir: report
    main: report.py
`;

interface PlanDocument {
  readonly ok: boolean;
  readonly commit: string | null;
  readonly plan: { readonly app: { readonly name: string; readonly entry: string } };
  readonly cluster: { readonly workers: number };
  readonly origin: Readonly<Record<string, string>>;
}

async function planOf(args: readonly string[], home: Home, options: CliOptions = {}): Promise<PlanDocument> {
  const end = await runCli(['plan', ...args, '-o', 'json'], home, options);
  expect(end.status, end.stderr).toBe(0);
  return JSON.parse(end.stdout);
}

describe('hibana plan', () => {
  it('says in words what would be run from a directory, and who chose it', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM, 'hibana.yaml': PROJECT });
    const end = await runCli(['plan', folder, '--worker-memory', '2g', '--', 'a b'], home);
    expect(end.status).toBe(0);
    expect(end.stdout).toMatch(/^application +nightly \(from hibana\.yaml\), a job \(default\)$/m);
    expect(end.stdout).toMatch(/^entry +app\.py \(found in the source\)$/m);
    expect(end.stdout).toMatch(/^workers +3 \(from hibana\.yaml\), 1 core \(default\) and 2g \(by flag\) each$/m);
    expect(end.stdout).toMatch(/^arguments +"a b" \(by flag\)$/m);
    expect(await readdir(home.path)).toEqual(['app']);
  });

  it('says of a source that cannot even be looked at why', async () => {
    await using home = await makeHome();
    const end = await runCli(['plan', 'a'.repeat(5000)], home);
    expect(end).toMatchObject({ status: 2, stderr: expect.stringContaining('ENAMETOOLONG [FILE_UNREADABLE]') });
  });

  it('says what to give instead of a file', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM });
    const end = await runCli(['plan', 'app.py'], home, { cwd: folder });
    expect(end).toMatchObject({ status: 3, stderr: expect.stringContaining('--app-file app.py') });
  });

  it('says of what nobody chose that it is a default, or which file of the source has it', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM, 'requirements.txt': 'pyspark>=4.1,<4.2\nnumpy\n' });
    const { stdout } = await runCli(['plan', folder, '-e', 'FLAG=1', '--packages', 'a:b:1'], home);
    for (const line of [
      /^application +app, a job \(default\)$/m,
      /^entry +app\.py \(found in the source\)$/m,
      /^Spark +4\.1\.\d+ \(from requirements\.txt:1\)$/m,
      /^Python +that of this machine \(default\)$/m,
      /^cluster +one of its own \(default\)$/m,
      /^workers +2, 1 core and 1g each \(default\)$/m,
      /^dependencies +1 from requirements\.txt, as of the commit \(default\)$/m,
      /^packages +a:b:1 \(by flag\)$/m,
      /^environment +FLAG \(by flag\)$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    const { origin } = await planOf([folder], home);
    const defaults = ['name', 'kind', 'python', 'build.resolveAt', 'clusterTimeout'];
    const sizes = ['attach', 'workers', 'worker.cores', 'worker.memory'].map((key) => `cluster.${key}`);
    expect(origin).toEqual({
      ...Object.fromEntries([...defaults, ...sizes].map((key) => [key, 'default'])),
      ...{ main: 'source', spark: 'source' },
    });
    expect((await planOf([folder, '--spark', '4.1'], home)).origin).toMatchObject({ spark: 'flag' });
  });

  it('gives the commit of a git URL, and keeps nothing of its checkout', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const { url, git } = await server.createRepository('team/etl', {
      files: { 'jobs/etl/app.py': PROGRAM, 'jobs/etl/hibana.yaml': 'version: 1\ncluster:\n  workers: 5\n' },
      tags: { v1: 'main' },
    });
    const planned = await planOf([`${url}#v1`, '--context-dir', 'jobs/etl'], home);
    expect(planned).toMatchObject({ ok: true, commit: await git('rev-parse', 'main'), plan: { app: { name: 'etl' } } });
    expect(await leftovers(home)).toEqual([]);
    expect(await readdir(join(home.stateFolder, 'runs'))).toEqual([]);
    const { stdout } = await runCli(['plan', `${url}#v1`, '--context-dir', 'jobs/etl'], home);
    expect(stdout).toMatch(/^source +v1 @ [0-9a-f]{7,}/m);
    expect(stdout).toMatch(/^folder +jobs\/etl$/m);
  });

  it('takes a value from the flag before the environment, and from there before the project', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM, 'hibana.yaml': PROJECT });
    const env = { HIBANA_WORKERS: '4' };
    const workers = async (args: readonly string[], options: CliOptions = {}) => {
      const { cluster, origin } = await planOf([folder, ...args], home, options);
      return [cluster.workers, origin['cluster.workers']];
    };
    expect(await workers(['--workers', '5'], { env })).toEqual([5, 'flag']);
    expect(await workers([], { env })).toEqual([4, 'environment']);
    expect(await workers([])).toEqual([3, 'project']);
    expect(await workers(['--config', 'large'])).toEqual([8, 'project']);
  });

  it('says where each property and argument comes from, and what is added by name', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, {
      'app.py': PROGRAM,
      'hibana.yaml': `${PROJECT}args: [--in, x]\nconf: { spark.one: 1, spark.two: 1 }\n`,
      'spark-conf/spark-defaults.conf': 'spark.zero 1\nspark.one 0\nspark.hadoop.fs.s3a.secret.key hidden\n',
    });
    const flags = ['--conf', 'spark.two=2', '--conf', 'spark.three=a b', '--extra', 's3'];
    const end = await runCli(['plan', folder, ...flags, '--', 'y z'], home, {
      env: { SPARK_OPTIONS: '--conf spark.four=4' },
    });
    expect(end.stdout).toContain(`properties    spark.zero=1 (from spark-conf/spark-defaults.conf)
              spark.one=1 (from hibana.yaml)
              spark.hadoop.fs.s3a.secret.key=*** (from spark-conf/spark-defaults.conf)
              spark.two=2 (by flag)
              spark.four=4 (from the environment)
              spark.three=a b (by flag)
arguments     "--in" "x" (from hibana.yaml)
              "y z" (by flag)
`);
    expect(end.stdout).toMatch(/^extras +s3 \(by flag\)$/m);
    const planned = await runCli(['plan', folder, ...flags, '-o', 'json'], home);
    expect(planned.stdout).not.toContain('hidden');
    expect(JSON.parse(planned.stdout)).toMatchObject({
      extras: ['s3'],
      origin: { extras: 'flag', args: 'project', 'conf.spark.one': 'project', 'conf.spark.two': 'flag' },
      sparkDefaults: { 'spark.zero': '1' },
    });
  });

  it('refuses a Python that no run of this Spark can have, as run does', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM });
    const said = async (command: string) => {
      const { status, stderr } = await runCli([command, folder, '--python', '3.8'], home);
      return [status, /Cannot use Python.*\n.*\n/.exec(stderr)?.[0]];
    };
    expect(await said('plan')).toEqual([
      4,
      expect.stringMatching(/Spark 4\.2 runs on Python 3\.10 to 3\.14 \[PYTHON_UN/),
    ]);
    expect(await said('run')).toEqual(await said('plan'));
  });

  it('refuses a worker that the machine cannot hold, and warns of many that it could not hold together', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM, 'hibana.yaml': PROJECT });
    const sized = async (...args: readonly string[]) => (await runCli(args, home)).stderr;
    for (const command of [
      ['plan', folder],
      ['run', folder],
      ['cluster', 'create', 'team'],
    ]) {
      expect(await sized(...command, '--worker-memory', '90t')).toContain('[WORKER_TOO_LARGE]');
    }
    const machine = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
    const half = `${Math.floor(machine / 2 / 2 ** 20)}m`;
    expect(await sized('plan', folder, '--worker-memory', half)).toMatch(/warning: 3 workers .* this machine has/);
    expect(await sized('plan', folder)).not.toContain('warning');
  });

  it('refuses a configuration that is not there, and names those that are', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM, 'hibana.yaml': PROJECT });
    const end = await runCli(['plan', folder, '--config', 'lrge'], home);
    expect(end).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/"lrge".*large/) });
  });

  it('plans the one of several applications that is asked for, and lists them when none is', async () => {
    await using home = await makeHome();
    const files = { 'hibana.yaml': APPS, 'load/load.py': PROGRAM, 'report/report.py': PROGRAM };
    const folder = await sourceFolder(home, files);
    expect((await planOf([folder, '--app', 'report'], home)).plan.app).toMatchObject({
      name: 'report',
      entry: 'report.py',
    });
    const end = await runCli(['plan', folder], home);
    expect(end).toMatchObject({ status: 2, stderr: expect.stringMatching(/load.*report[\s\S]*--app/) });
  });

  it('names a template after itself, and works from any folder', async () => {
    await using home = await makeHome();
    expect(await planOf(['pi'], home, { cwd: home.path })).toMatchObject({
      commit: null,
      plan: { app: { name: 'pi', entry: 'app.py' } },
    });
    expect(await leftovers(home)).toEqual([]);
  });

  it('says that it takes a directory for a template of the same name, and how to have the template', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'pi/job.py': PROGRAM });
    const shadowed = await runCli(['plan', 'pi'], home, { cwd: folder });
    expect(shadowed.stderr).toMatch(/the directory "pi".*\n.*template:pi/);
    expect(shadowed.stdout).toMatch(/^entry +job\.py \(found in the source\)$/m);
    const template = await runCli(['plan', 'template:pi'], home, { cwd: folder });
    expect(template.stdout).toMatch(/^entry +app\.py \(found in the source\)$/m);
    expect(template.stderr).not.toContain('template:pi');
    expect((await runCli(['plan', './pi'], home, { cwd: folder })).stderr).not.toContain('template:pi');
  });
});
