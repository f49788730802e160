import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Home, makeHome, runCli } from '../helpers/cli.ts';
import { canMakeDebianBase, debianBase } from '../helpers/debian-base.ts';
import { type DockerDaemon, hasDocker, startDocker } from '../helpers/docker.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../helpers/git-server.ts';
import { describeWith } from '../helpers/requires.ts';

const APP = `
import os, sys
import snowballstemmer
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
stem = lambda word: snowballstemmer.stemmer("english").stemWord(word)
print(spark.sparkContext.parallelize(["running"], 1).map(stem).collect(), os.getuid(), sys.argv[1:], flush=True)
spark.range(100).groupBy().sum("id").collect()
spark.stop()
sys.exit(int(sys.argv[-1]))
`;
const FILES = { 'app.py': APP, 'requirements.txt': 'snowballstemmer==2.2.0\n' };

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('an image of an application, from git', () => {
  let folder: string;
  let home: Home;
  let daemon: DockerDaemon;
  let git: GitServer;
  let app: ServedRepository;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hibana-application-'));
    [home, daemon, git] = await Promise.all([makeHome(), startDocker(), startGitServer()]);
    app = await git.createRepository('team/stems', { files: FILES, at: new Date() });
    await good(['builder', 'build', 'python', '--base', `oci:${await debianBase()}:base`, '--to', builder()]);
  });
  afterAll(async () => {
    await git[Symbol.asyncDispose]();
    await daemon[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const builder = () => `oci:${folder}/builder:v1`;
  const good = async (args: readonly string[]): Promise<void> => {
    const end = await runCli(args, home, { env: { DOCKER_HOST: daemon.host } });
    expect(end.status, end.stderr).toBe(0);
  };
  const run = (...args: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const all = ['-H', daemon.host, 'run', '--rm', '--network', 'none', '-e', 'HIBANA_CLUSTER=local[2]', ...args];
      execFile('docker', all, (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });

  const authorities = process.env.SSL_CERT_FILE === undefined ? [] : ['--ca-file', process.env.SSL_CERT_FILE];
  it.each([
    ['on this machine', [], "['two words', '3', '0']"],
    // There they are a variable of the image, whose place those of a run take.
    ['in a container', ['--build-in', 'docker', '--build-network', 'host', ...authorities], "['0']"],
  ])(
    'that was made %s runs as anybody, on a read-only root, and gives the status of the job',
    async (_what, how, all) => {
      const image = `localhost/stems:${how.length === 0 ? 'host' : 'docker'}`;
      await good([
        'build',
        app.url,
        '--builder',
        builder(),
        '--load',
        '--image',
        image,
        ...how,
        '--',
        'two words',
        '3',
      ]);
      const own = await run(image);
      expect([own.status, own.stdout], own.stderr).toEqual([3, "['run'] 1001 ['two words', '3']\n"]);
      // As docker mounts it, nothing in it may be executed.
      const strange = await run('--user', '1000670000:0', '--read-only', '--tmpfs', '/tmp', image, '--', '0');
      expect([strange.status, strange.stdout], strange.stderr).toEqual([0, `['run'] 1000670000 ${all}\n`]);
      expect(await daemon.docker.listContainers({ all: true })).toEqual([]);
    },
  );
});
