import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliEnd, runCli, startCli } from '../helpers/cli.ts';
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
const templates = join(import.meta.dirname, '..', '..', 'templates', 'apps');

function filesOf(template: string): Readonly<Record<string, string>> {
  const folder = join(templates, template);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

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

  it('deploys a service from git, replaces it by a commit when that is well, rolls it back, and leaves nothing', async () => {
    const files = filesOf('pi-flask');
    const source = await git.createRepository('team/pi-flask', { files, at: new Date() });
    const port = 18_095;
    const url = `http://${workshop.address}:${port}`;
    const answer = async (path: string): Promise<string> => (await fetch(url + path)).text();
    const where = ['--platform', 'docker', '--bind', workshop.address, '--port', String(port)];
    const first = await hibana('deploy', source.url, '--name', 'pi', '--workers', '1', ...where);
    expect(first, first.stderr).toMatchObject({ status: 0, stdout: `${url}/\n` });
    expect(await answer('/sparkpi?scale=1')).toMatch(/^Pi is roughly 3\.\d+\n$/);

    // What is in its containers alone so far.
    for (const stream of ['spark', 'master', 'worker-1', 'executor-0', 'launcher', 'build']) {
      const { status, stdout, stderr } = await hibana('logs', 'pi', '--stream', stream);
      expect([stream, status, stdout + stderr], stderr).toEqual([stream, 0, expect.stringMatching(/\w/)]);
    }
    const page = startCli(['open', 'pi', '--ui'], workshop.home, { env: workshop.env });
    await page.saw('/\n');
    expect(await (await fetch(page.stdout().trim())).text()).toContain('Spark Jobs');
    page.child.kill('SIGINT');
    expect((await page.ended).status).toBe(0);

    const app = files['app.py'] ?? '';
    await source.commit({ files: { 'app.py': app.replace('"ok\\n"', '"second\\n"') } });
    // By whoever knows neither the daemon nor the builder: both are on record.
    const second = await runCli(['redeploy', 'pi'], workshop.home);
    expect(second.status, second.stderr).toBe(0);
    expect(await answer('/healthz')).toBe('second\n');
    await source.commit({ files: { 'app.py': 'raise SystemExit("no such table")\n' } });
    const broken = await hibana('redeploy', 'pi');
    expect([broken.status, broken.stderr]).toEqual([6, expect.stringContaining('no such table')]);
    expect(await answer('/healthz')).toBe('second\n');

    const back = await hibana('rollback', 'pi', '--output', 'json');
    expect(JSON.parse(back.stdout)).toMatchObject({
      changed: true,
      revision: { revision: 4, trigger: { revision: 1 } },
    });
    expect(await answer('/healthz')).toBe('ok\n');
    expect((await hibana('delete', 'pi')).status).toBe(0);
    expect(await workshop.left()).toEqual([]);
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
