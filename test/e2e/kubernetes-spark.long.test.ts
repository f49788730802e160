import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliEnd, runCli } from '../helpers/cli.ts';
import { canMakeDebianBase, debianBase } from '../helpers/debian-base.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../helpers/git-server.ts';
import { hasKubernetes } from '../helpers/kubernetes.ts';
import { type KubernetesWorkshop, openKubernetesWorkshop } from '../helpers/kubernetes-workshop.ts';
import { describeWith } from '../helpers/requires.ts';

const APP = `
import sys
import snowballstemmer
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
stem = lambda word: snowballstemmer.stemmer("english").stemWord(word)
words = spark.sparkContext.parallelize(["running", "jumped"], 2)
print(words.map(stem).collect(), spark.sparkContext.master.split(":")[0], flush=True)
sys.exit(int(sys.argv[1]))
`;
const FILES = { 'app.py': APP, 'requirements.txt': 'snowballstemmer==2.2.0\n' };

describeWith('kubernetes', hasKubernetes() && canMakeDebianBase())(
  'a job from git on Kubernetes, with real Spark',
  () => {
    let folder: string;
    let workshop: KubernetesWorkshop;
    let git: GitServer;
    let app: ServedRepository;
    let listener: Server;
    const told: string[] = [];
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hibana-kubernetes-spark-'));
      [workshop, git] = await Promise.all([openKubernetesWorkshop(), startGitServer()]);
      listener = createServer((incoming, response) => {
        void text(incoming).then((body) => told.push(JSON.parse(body).kind));
        response.end();
      }).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      const notify = `notify: [{ url: "http://127.0.0.1:${port}/hook", on: [failed] }]`;
      const files = { ...FILES, 'hibana.yaml': `version: 1\nname: stems\n${notify}\n` };
      app = await git.createRepository('team/stems', { files, at: new Date() });
      const base = ['--base', `oci:${await debianBase()}:base`];
      const to = ['--push', '--image', builder(), '--insecure-registry', workshop.cluster.registry];
      const end = await workshop.run('builder', 'build', 'python', ...base, ...to);
      expect(end.status, end.stderr).toBe(0);
    });
    afterAll(async () => {
      listener?.close();
      await git?.[Symbol.asyncDispose]();
      await workshop?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const builder = () => `${workshop.cluster.registry}/hibana-python:test`;
    const run = (...args: readonly string[]): Promise<CliEnd> => {
      const { registry } = workshop.cluster;
      const where = ['--platform', 'kubernetes', '--image', `${registry}/team/stems`, '--builder', builder()];
      const all = ['run', app.url, ...where, '--insecure-registry', registry, '--workers', '1', ...args];
      return runCli(all, workshop.home, { env: workshop.env });
    };

    it("is built, pushed, and run on a cluster of its own; its status is the command's, and nothing is left", async () => {
      const end = await run('--', '3');
      expect([end.status, end.stdout], end.stderr).toEqual([3, "['run', 'jump'] spark\n"]);
      expect(await workshop.left()).toEqual([]);
      expect(told).toEqual(['failed']);
    });

    it('runs without a cluster where it is told to', async () => {
      const end = await run('--cluster', 'local[2]', '--', '0');
      expect([end.status, end.stdout], end.stderr).toEqual([0, "['run', 'jump'] local[2]\n"]);
      expect(await workshop.left()).toEqual([]);
    });
  },
);
