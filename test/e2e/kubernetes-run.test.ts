import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type CliProcess, runCli } from '../helpers/cli.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasKubernetes } from '../helpers/kubernetes.ts';
import { type KubernetesWorkshop, openKubernetesWorkshop } from '../helpers/kubernetes-workshop.ts';
import { fileEntry } from '../helpers/layer-sources.ts';
import { describeWith } from '../helpers/requires.ts';
import { until } from '../helpers/until.ts';

/** `status seconds [eat]`: says hello, and ends with the status. */
const APP = `
import os, sys, time
print("hello", sys.argv[1:], os.environ.get("GREETING"), os.path.exists("/var/run/secrets/kubernetes.io"), flush=True)
if "eat" in sys.argv:
    hoard = [bytearray(2 ** 26) for _ in range(200)]
time.sleep(float(sys.argv[2]))
sys.exit(int(sys.argv[1]))
`;
const GONE_WITHIN_MS = 90_000;

describeWith('kubernetes', hasKubernetes() && canMakeDebianBase())('hibana run --platform kubernetes', () => {
  let workshop: KubernetesWorkshop;
  let image: string;
  beforeAll(async () => {
    workshop = await openKubernetesWorkshop();
    image = await workshop.push({ tag: 'run', app: APP });
  });
  afterEach(async () => expect(await workshop.left()).toEqual([]));
  afterAll(() => workshop?.[Symbol.asyncDispose]());

  const start = (args: readonly string[], of = image): CliProcess => workshop.start(of, args);
  const kill = async (role: string, gracePeriodSeconds?: number): Promise<void> => {
    const { metadata } = await workshop.pod(role);
    const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
    await workshop.core.deleteNamespacedPod({
      namespace: workshop.namespace.name,
      name: metadata?.name ?? '',
      ...grace,
    });
  };

  it("gives the job's status, arguments, environment and output", async () => {
    const end = await start(['--env', 'GREETING=good $(HOME) day', '--', '3', '0', 'two words']).ended;
    expect([end.status, end.stdout], end.stderr).toEqual([3, "hello ['3', '0', 'two words'] good $(HOME) day False\n"]);
  });

  it('says the same as a document', async () => {
    const end = await start(['--output', 'json', '--', '0', '0']).ended;
    expect(end.status, end.stderr).toBe(0);
    expect(JSON.parse(end.stdout)).toMatchObject({
      outcome: { kind: 'succeeded', exitCode: 0, jobStatus: 0, leftovers: [] },
      ...{ image: { name: image }, namespace: workshop.namespace.name },
    });
  });

  it('gives the launcher alone a token, and lets nothing of an application into what guards it', async () => {
    const planted = 'require("fs").writeSync(2, "PLANTED"); process.exit(99);';
    const of = await workshop.push({
      ...{ tag: 'planted', app: APP, more: [fileEntry('planted.cjs', planted)] },
      env: { NODE_OPTIONS: '--require /planted.cjs', NODE_PATH: '/planted' },
    });
    const cli = start(['--', '0', '4'], of);
    const { spec } = await workshop.pod('launcher');
    expect(spec?.automountServiceAccountToken).toBe(false);
    const mounts = (spec?.containers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
    expect(mounts).not.toContain('token');
    expect(mounts).not.toContain('request');
    const end = await cli.ended;
    expect([end.status, end.stdout], end.stderr).toEqual([0, "hello ['0', '4'] None False\n"]);
    expect(end.stderr).not.toContain('PLANTED');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops and deletes on %s', async (signal) => {
    const cli = start(['--', '0', '600']);
    await cli.saw('hello');
    process.kill(cli.pid, signal);
    expect((await cli.ended).status).toBe(signal === 'SIGINT' ? 130 : 143);
  });

  it('deletes the cluster when its command is killed and its job is deleted by somebody else', async () => {
    const cli = start(['--', '0', '600']);
    await cli.saw('hello');
    process.kill(cli.pid, 'SIGKILL');
    await pause(1_000);
    await kill('launcher');
    await until(
      'all to be gone but the job',
      async () => (await workshop.left()).every((name) => name.endsWith('-request')),
      GONE_WITHIN_MS,
    );
    await workshop.deleteJobs();
    await until('all to be gone', async () => (await workshop.left()).length === 0, GONE_WITHIN_MS);
  });

  it('says that the job was killed for memory', async () => {
    const end = await start(['--conf', 'spark.driver.memory=512m', '--output', 'json', '--', '0', '0', 'eat']).ended;
    expect(end.status, end.stderr).toBe(137);
    expect(JSON.parse(end.stdout).error.code).toBe('JOB_OUT_OF_MEMORY');
  });

  it('ends a job that takes longer than it may', async () => {
    const end = await start(['--timeout', '25s', '--output', 'json', '--', '0', '600']).ended;
    expect([end.status, JSON.parse(end.stdout).error.code], end.stderr).toEqual([124, 'RUN_TIMEOUT']);
  });

  it('replaces a worker that is deleted, and goes on', async () => {
    const cli = start(['--', '0', '15']);
    await workshop.pod('worker');
    await kill('worker', 0);
    const next = await until('another worker', async () => {
      const { metadata } = await workshop.pod('worker');
      return metadata?.name?.endsWith('-worker-2') && metadata.name;
    });
    const end = await cli.ended;
    expect([end.status, next], end.stderr).toEqual([0, expect.stringContaining('-worker-2')]);
  });

  it.each<[string, number, string, readonly string[], Readonly<Record<string, string>>]>([
    ['no kubeconfig', 2, 'KUBECONFIG_INVALID', ['--kubeconfig', '/nowhere/config'], {}],
    ['a context that is not there', 2, 'KUBECONFIG_INVALID', ['--context', 'nowhere'], {}],
    ['a namespace that is not ours', 6, 'KUBERNETES_FORBIDDEN', ['-n', 'nowhere'], {}],
    ['an image that is not there', 8, 'IMAGE_NOT_FOUND', ['IMAGE'], {}],
    ['a shared cluster that is not there', 8, 'CLUSTER_NOT_FOUND', ['--cluster', 'nobody'], {}],
  ])('refuses %s, before anything is made', async (_what, status, code, flags, env) => {
    const missing = image.replace(/[0-9a-f]{64}$/, '0'.repeat(64));
    const of = flags[0] === 'IMAGE' ? missing : image;
    const args = ['run', of, '--platform', 'kubernetes', '--output', 'json', ...(flags[0] === 'IMAGE' ? [] : flags)];
    const insecure = ['--insecure-registry', workshop.cluster.registry];
    const end = await runCli([...args, ...insecure], workshop.home, { env: { ...workshop.env, ...env } });
    expect([end.status, JSON.parse(end.stdout).error.code], end.stderr).toEqual([status, code]);
  });

  it('says which right is missing to a user who may only look', async () => {
    const env = { ...workshop.env, KUBECONFIG: await workshop.namespace.kubeconfigFor('view') };
    const args = [
      'run',
      image,
      '--platform',
      'kubernetes',
      '--output',
      'json',
      '--insecure-registry',
      workshop.cluster.registry,
    ];
    const end = await runCli(args, workshop.home, { env });
    expect([end.status, JSON.parse(end.stdout).error.code], end.stderr).toEqual([6, 'KUBERNETES_FORBIDDEN']);
    expect(JSON.parse(end.stdout).error.message).toMatch(/you may not create jobs/);
  });

  it('says what the administrator has to do where nothing was installed', async () => {
    await using other = await workshop.cluster.makeNamespace();
    const where = ['--kubeconfig', workshop.cluster.kubeconfig, '-n', other.name];
    const run = ['run', image, '--platform', 'kubernetes', '--output', 'json', ...where];
    const before = await workshop.run(...run);
    expect([before.status, JSON.parse(before.stdout).error.code], before.stderr).toEqual([6, 'NOT_INSTALLED']);
    expect(JSON.parse(before.stdout).error.hint).toContain(`hibana install -n ${other.name}`);
    const look = async (): Promise<{ readonly state: string; readonly detail: string }> => {
      const { checks } = JSON.parse((await workshop.run('doctor', '-o', 'json', ...where)).stdout);
      return checks.find((check: { readonly name: string }) => check.name === 'Kubernetes');
    };
    expect(await look()).toMatchObject({ state: 'warning', detail: expect.stringContaining('no service account') });
    expect((await workshop.run('install', ...where)).status).toBe(0);
    expect(await look()).toMatchObject({ state: 'ok', detail: expect.stringContaining(other.name) });
    expect((await workshop.run('install', ...where)).status).toBe(0);
    expect((await workshop.run('uninstall', ...where)).stdout.match(/deleted/g)).toHaveLength(3);
    expect((await workshop.run('uninstall', ...where)).stdout).toBe('nothing to delete\n');
  });

  it('says at once that a server does not answer', async () => {
    const file = JSON.parse(await readFile(workshop.env.KUBECONFIG ?? '', 'utf8'));
    file.clusters[0].cluster.server = 'https://127.0.0.1:1';
    const kubeconfig = join(workshop.home.path, 'nobody.kubeconfig');
    await writeFile(kubeconfig, JSON.stringify(file));
    const begun = performance.now();
    const end = await workshop.run(
      'run',
      image,
      '--platform',
      'kubernetes',
      '--kubeconfig',
      kubeconfig,
      '--output',
      'json',
    );
    expect([end.status, JSON.parse(end.stdout).error.code], end.stderr).toEqual([6, 'KUBERNETES_UNREACHABLE']);
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it('says which quota is used up while it waits', async () => {
    await using quota = await workshop.limitPods(0);
    const end = await start(['--cluster-timeout', '10s', '--output', 'json', '--', '0', '0']).ended;
    expect([end.status, JSON.parse(end.stdout).error.code], end.stderr).toEqual([6, 'CLUSTER_TIMEOUT']);
    expect(JSON.parse(end.stdout).error.message).toContain(`exceeded quota: ${quota.name}`);
  });
});
