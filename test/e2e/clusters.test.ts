import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { type ClusterFolder, clusterFolder, writeDescription } from '../../runtime/platform/local/cluster-folder.ts';
import { findProcess } from '../../runtime/platform/local/process-table.ts';
import { findTargets } from '../chaos/targets.ts';
import { type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { leftovers, processesOf } from '../helpers/leftovers.ts';

const longJob = join(import.meta.dirname, '..', 'fixtures', 'apps', 'long-job');

interface ClusterDocument {
  readonly clusters: readonly { readonly name: string; readonly state: string; readonly workers: number }[];
}

async function listed(home: Home): Promise<ClusterDocument['clusters']> {
  const document: ClusterDocument = JSON.parse((await runCli(['cluster', 'list', '-o', 'json'], home)).stdout);
  return document.clusters;
}

async function prune(
  home: Home,
  ...options: readonly string[]
): Promise<{ runs: string[]; clusters: string[]; leftovers: string[] }> {
  const end = await runCli(['cluster', 'prune', ...options, '-o', 'json'], home);
  expect(end.status, end.stderr).toBe(0);
  return JSON.parse(end.stdout);
}

describe('hibana cluster', () => {
  it('lists the cluster of a living run, which prune leaves alone; and deletes it when all that kept it was killed', async () => {
    await using home = await makeHome();
    const cli = startCli(['run', longJob, '--', '--stay-seconds', '120'], home);
    await cli.saw('long-job: ready');
    const [running] = await listed(home);
    expect(running).toMatchObject({ state: 'ready', workers: 2 });
    expect(await prune(home)).toMatchObject({ runs: [] });
    expect(await listed(home)).toHaveLength(1);

    await killAtOnce(home, cli.pid);
    await cli.ended;
    const run = running?.name ?? '';
    expect(await listed(home)).toMatchObject([{ name: run, state: 'orphaned' }]);
    expect((await runCli(['cluster', 'list'], home)).stdout).toMatch(
      new RegExp(`^${run} +orphaned +own +2 +- +spark://`, 'm'),
    );

    expect(await prune(home, '--dry-run')).toMatchObject({ runs: [run] });
    expect((await processesOf(home.path)).length).toBeGreaterThan(3);

    expect(await prune(home)).toMatchObject({ runs: [run], leftovers: [] });
    expect(await leftovers(home)).toEqual([]);
    const lease = join(home.stateFolder, 'runs', run);
    expect(await readdir(join(lease, 'logs'))).toEqual(expect.arrayContaining(['driver.stdout.log', 'master.log']));
    // Spark's own words are in them: what members log has a file of ours behind it.
    for (const member of ['master', 'worker-1']) {
      expect(await readFile(join(lease, 'logs', `${member}.log`), 'utf8')).toMatch(/^\S+ \S+ INFO (Master|Worker): /m);
    }
    expect(JSON.parse(await readFile(join(lease, 'outcome.json'), 'utf8'))).toMatchObject({ kind: 'lost' });
    expect(await prune(home)).toMatchObject({ runs: [] });
    expect(await listed(home)).toEqual([]);
  });

  it('prunes a state folder whose processes are gone', async () => {
    await using home = await makeHome();
    const gone = await startStranger();
    const record = await recordOf(gone);
    gone.kill('SIGKILL');
    await once(gone, 'exit');
    await plantRun(home, 'gone-1', record);
    expect(await prune(home)).toMatchObject({ runs: ['gone-1'], leftovers: [] });
    expect(await leftovers(home)).toEqual([]);
  });

  it("prunes one whose recorded pid is somebody else's by now, and does not touch them", async () => {
    await using home = await makeHome();
    const stranger = await startStranger();
    try {
      const record = await recordOf(stranger);
      await plantRun(home, 'reused-1', { ...record, startTicks: record.startTicks - 1 });
      expect(await listed(home)).toMatchObject([{ name: 'reused-1', state: 'orphaned' }]);
      expect(await prune(home)).toMatchObject({ runs: ['reused-1'], leftovers: [] });
      expect(await findProcess(record.pid)).toMatchObject({ startTicks: record.startTicks });
      expect(await leftovers(home)).toEqual([]);
    } finally {
      stranger.kill('SIGKILL');
    }
  });
});

describe('hibana cluster, where folders of clusters say nothing that it can read,', () => {
  const OLD_SECONDS = 3_600;
  const DESCRIPTIONS = { 'half-made': null, 'other-version': '{"version":2}', damaged: '{"versi' };

  it('lists them as unreadable, deletes one by its name, and prunes the others', async () => {
    await using home = await makeHome();
    for (const [name, description] of Object.entries(DESCRIPTIONS)) {
      await plantFolder(home, name, { description, ageSeconds: OLD_SECONDS });
    }
    await plantFolder(home, 'new', { description: null, ageSeconds: 0 });
    const states = (await listed(home)).map(({ name, state }) => `${name} ${state}`);
    const unreadable = ['damaged unreadable', 'half-made unreadable'];
    expect(states).toEqual([...unreadable, 'new starting', 'other-version unreadable']);
    expect((await runCli(['cluster', 'list'], home)).stdout).toMatch(/^damaged +unreadable +- +- +- +- +\S/m);

    const end = await runCli(['cluster', 'delete', 'damaged'], home);
    expect(end).toMatchObject({ status: 0, stdout: 'damaged: deleted\n' });
    const notFound = { status: 8, code: 'CLUSTER_NOT_FOUND' };
    const other = { ...notFound, message: expect.stringMatching(/of another version/) };
    expect(await refusal(home, 'show', 'other-version')).toMatchObject(other);
    expect(await refusal(home, 'delete', 'new')).toMatchObject(notFound);
    // The folder of all clusters and that of all state, which are old and say nothing either.
    for (const name of ['.', '..']) {
      await age(join(home.stateFolder, 'clusters', name), OLD_SECONDS);
      expect(await refusal(home, 'delete', name)).toMatchObject(notFound);
    }

    const pruned = { clusters: ['half-made', 'other-version'], leftovers: [] };
    expect(await prune(home, '--dry-run')).toMatchObject(pruned);
    expect(await prune(home)).toMatchObject(pruned);
    expect(await readdir(join(home.stateFolder, 'clusters'))).toEqual(['new']);
  });

  it.each(['with its folder', 'on its record'])('leaves one alone as long as a process runs %s', async (how) => {
    await using home = await makeHome();
    const folder = await plantFolder(home, 'alive', { description: '{"version":2}', ageSeconds: OLD_SECONDS });
    const stranger = await startStranger(how === 'on its record' ? {} : { SPARK_LOCAL_DIRS: folder.local });
    const { pid, startTicks } = await recordOf(stranger);
    if (how === 'on its record') {
      const record = JSON.stringify({ pid, startTicks, role: 'master' });
      await writeFile(join(folder.root, LeaseFile.processes), `${record}\n`);
    }
    try {
      expect(await prune(home)).toMatchObject({ clusters: [] });
      const inUse = { status: 6, code: 'CLUSTER_IN_USE', message: expect.stringContaining(`process ${pid}`) };
      expect(await refusal(home, 'delete', 'alive', '--force')).toMatchObject(inUse);
      expect(await listed(home)).toMatchObject([{ name: 'alive', state: 'unreadable' }]);
    } finally {
      stranger.kill('SIGKILL');
    }
  });
});

/** How a command of `hibana cluster` is refused. */
async function refusal(home: Home, ...args: readonly string[]): Promise<object> {
  const { status, stdout } = await runCli(['cluster', ...args, '-o', 'json'], home);
  return { status, ...JSON.parse(stdout).error };
}

/** The CLI, the launcher and both guards: whoever is left of them would clean up. They are stopped first, so that none sees another go. */
async function killAtOnce(home: Home, cli: number): Promise<void> {
  const targets = await findTargets(home.path, cli);
  const pids = (['cli', 'launcher', 'guard'] as const).flatMap((target) => targets.get(target) ?? []);
  expect(pids).toHaveLength(4);
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of pids) process.kill(pid, signal);
}

interface Recorded {
  readonly pid: number;
  readonly startTicks: number;
}

/** A run as a launcher leaves it that was killed: its cluster's folder, its checkout, and who its processes were. */
async function plantRun(home: Home, run: string, { pid, startTicks }: Recorded): Promise<void> {
  const leaseDirectory = join(home.stateFolder, 'runs', run);
  await mkdir(join(leaseDirectory, LeaseFile.scratch, 'checkout'), { recursive: true });
  await mkdir(join(leaseDirectory, LeaseFile.logs));
  await writeFile(join(leaseDirectory, LeaseFile.events), '{"time":"2030-01-01T00:00:00.000Z"}\n');
  for (const [file, role] of [
    [LeaseFile.processes, 'master'],
    [LeaseFile.keepers, 'keeper'],
  ] as const)
    await writeFile(join(leaseDirectory, file), `${JSON.stringify({ pid, startTicks, role })}\n`);
  const folder = clusterFolder(home.stateFolder, run);
  await mkdir(folder.work, { recursive: true });
  await writeDescription(folder, {
    ...{ version: 1, name: run, run, ownerDirectory: leaseDirectory, workers: 2 },
    ...{ master: 'spark://127.0.0.1:1', webUi: 'http://127.0.0.1:1', createdAt: '2030-01-01T00:00:00.000Z' },
  });
}

interface Left {
  readonly description: string | null;
  readonly ageSeconds: number;
}

/** A cluster's folder of which nothing else is known. */
async function plantFolder(home: Home, name: string, { description, ageSeconds }: Left): Promise<ClusterFolder> {
  const folder = clusterFolder(home.stateFolder, name);
  await mkdir(folder.root, { recursive: true });
  if (description !== null) await writeFile(folder.description, description);
  await age(folder.root, ageSeconds);
  return folder;
}

async function age(path: string, seconds: number): Promise<void> {
  const time = Date.now() / 1_000 - seconds;
  await utimes(path, time, time);
}

async function startStranger(env: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore', detached: true, env: { ...process.env, ...env } });
  await once(child, 'spawn');
  return child;
}

async function recordOf(child: ChildProcess): Promise<Recorded> {
  const entry = await findProcess(child.pid ?? 0);
  if (entry === undefined) throw new Error('the process has ended');
  return { pid: entry.pid, startTicks: entry.startTicks };
}
