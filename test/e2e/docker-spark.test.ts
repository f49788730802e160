import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliEnd, runCli } from '../helpers/cli.ts';
import { canMakeDebianBase, debianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../helpers/git-server.ts';
import { describeWith } from '../helpers/requires.ts';

const APP = `
import os, sys
import snowballstemmer
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
stem = lambda word: (snowballstemmer.stemmer("english").stemWord(word), os.environ.get("COLOUR"))
print(spark.sparkContext.parallelize(["running"], 1).map(stem).collect(), open(os.environ["TOKEN_FILE"]).read(), flush=True)
spark.range(100).groupBy().sum("id").collect()
sys.exit(int(sys.argv[1]))
`;
const FILES = { 'app.py': APP, 'requirements.txt': 'snowballstemmer==2.2.0\n', 'token.txt': 'secret' };

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana run --platform docker, with Spark', () => {
  let workshop: DockerWorkshop;
  let folder: string;
  let git: GitServer;
  let app: ServedRepository;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hibana-docker-spark-'));
    [workshop, git] = await Promise.all([openDockerWorkshop(), startGitServer()]);
    app = await git.createRepository('team/stems', { files: FILES, at: new Date() });
    const base = ['--base', `oci:${await debianBase()}:base`, '--to', builder()];
    const built = await workshop.run('builder', 'build', 'python', ...base);
    expect(built.status, built.stderr).toBe(0);
  });
  afterAll(async () => {
    await git[Symbol.asyncDispose]();
    await workshop[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const builder = () => `oci:${folder}/builder:v1`;
  const hibana = (...args: readonly string[]): Promise<CliEnd> =>
    runCli(args, workshop.home, { cwd: folder, env: { ...workshop.env, HIBANA_BUILDER: builder() } });

  it('runs what is in git on a cluster of its own image, and gives its status', async () => {
    const token = join(import.meta.dirname, '..', '..', 'LICENSE');
    const flags = ['--secret', `TOKEN=${token}`, '--executor-env', 'COLOUR=blue', '--workers', '1'];
    const end = await hibana('run', app.url, '--platform', 'docker', ...flags, '--', '3');
    expect(end.status, end.stderr).toBe(3);
    expect(end.stdout).toMatch(/^\[\('run', 'blue'\)\]\s+Apache License/);
    expect(await workshop.left()).toEqual([]);
    const runs = join(workshop.home.stateFolder, 'runs');
    const [run = ''] = await readdir(runs);
    expect((await readdir(join(runs, run, 'logs'))).join(' ')).toMatch(/worker-1\.app-\S+\.0\.stderr/);
    expect(await readdir(join(runs, run, 'eventlog'))).not.toEqual([]);
  });

  it('runs a template on a shared cluster of its image', async () => {
    const image = ['--builder', builder(), '--load', '--image', 'localhost/pi:test'];
    const built = await hibana('build', 'pi', ...image);
    expect(built.status, built.stderr).toBe(0);
    const size = ['--workers', '1', '--image', 'localhost/pi:test'];
    const made = await hibana('cluster', 'create', 'team', '--platform', 'docker', ...size);
    expect(made.status, made.stderr).toBe(0);
    const end = await hibana('run', 'pi', '--platform', 'docker', '--cluster', 'team', '--workers', '1');
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain('Pi is roughly 3.1');
    expect((await hibana('cluster', 'delete', 'team', '--platform', 'docker')).status).toBe(0);
    expect(await workshop.left()).toEqual([]);
  });
});
