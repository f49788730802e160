import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';
import { readProcessRecords } from '../../runtime/platform/local/process-record.ts';
import { type CliEnd, type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { startGitServer } from '../helpers/git-server.ts';
import { leftovers } from '../helpers/leftovers.ts';

const templates = join(import.meta.dirname, '..', '..', 'templates', 'apps');
const fixtures = join(import.meta.dirname, '..', 'fixtures', 'apps');
/** Where the cluster is not what is looked at: executors in the driver. */
const QUICK = ['--cluster', 'local[1]'];

interface Document {
  readonly ok: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
  readonly changed: boolean;
  readonly url: string;
  readonly run: RunDocument | null;
  readonly revision: RevisionDocument;
  readonly runs: readonly RunDocument[];
  readonly revisions: readonly RevisionDocument[];
  readonly application: {
    readonly state: string;
    readonly problem: string | null;
    readonly running: readonly string[];
  };
}

interface RunDocument {
  readonly run: string;
  readonly status: string;
  readonly revision: number;
  readonly args: readonly string[];
  readonly logs: string;
}

interface RevisionDocument {
  readonly revision: number;
  readonly isLive: boolean;
  readonly status: string;
  readonly source: { readonly commit: string | null };
  readonly trigger: { readonly kind: string; readonly revision: number | null };
}

async function ask(home: Home, ...args: readonly string[]): Promise<Document & { readonly end: CliEnd }> {
  const at = args.indexOf('--');
  const words = at < 0 ? [...args, '-o', 'json'] : [...args.slice(0, at), '-o', 'json', ...args.slice(at)];
  const end = await runCli(words, home);
  return { ...JSON.parse(end.stdout), end };
}

/** All that there is of what was deployed: folders of records, and whatever runs leave behind. */
async function left(home: Home): Promise<readonly string[]> {
  const folders = await Promise.all(
    ['deployments', 'runs', 'clusters', 'locks'].map((name) => readdir(join(home.stateFolder, name)).catch(() => [])),
  );
  return [...folders.flat(), ...(await leftovers(home))];
}

function filesOf(template: string): Readonly<Record<string, string>> {
  const folder = join(templates, template);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

describe('hibana deploy, of a job on this machine', () => {
  it('runs it, again by start, and what it was before after a rollback, without its source; delete leaves nothing', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const repository = await server.createRepository('team/etl', { files: filesOf('pi') });
    const deploy = ['deploy', repository.url, '--name', 'etl', '--workers', '1'];
    const first = await runCli([...deploy, '--', '--slices', '2'], home);
    expect(first, first.stderr).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Pi is roughly 3\.\d+\n$/) });
    const again = await ask(home, ...deploy, '--', '--slices', '2');
    expect(again).toMatchObject({ changed: false, revision: { revision: 1 }, run: null });

    const requests = server.requests('team/etl');
    const started = await ask(home, 'start', 'etl', '--run-id', 'night', '--', '--slices', '3');
    expect(started).toMatchObject({
      run: { run: 'etl-night', status: 'succeeded', revision: 1, args: ['--slices', '3'] },
    });
    const retried = await ask(home, 'start', 'etl', '--run-id', 'night', '--', '--slices', '3');
    expect(retried).toMatchObject({ attached: true, run: { run: 'etl-night', status: 'succeeded' } });
    expect(retried.end.stderr).toContain('Pi is roughly');
    const other = await ask(home, 'start', 'etl', '--run-id', 'night', '--', '--slices', '4');
    expect(other).toMatchObject({ end: { status: 2 }, error: { code: 'RUN_EXISTS' } });
    expect(server.requests('team/etl')).toBe(requests);

    await repository.commit({ files: { 'app.py': 'import sys\nprint("second")\nsys.exit(3)\n' } });
    const second = await ask(home, 'redeploy', 'etl');
    expect(second).toMatchObject({
      end: { status: 3 },
      changed: true,
      revision: { revision: 2 },
      error: { code: 'JOB_FAILED' },
    });
    await server[Symbol.asyncDispose]();
    expect(await ask(home, 'rollback', 'etl')).toMatchObject({ changed: true, revision: { revision: 3 }, run: null });
    const last = await runCli(['start', 'etl'], home);
    expect(last.stdout).toMatch(/^Pi is roughly/);

    const { revisions } = await ask(home, 'history', 'etl');
    expect(
      revisions.map(({ revision, isLive, trigger }) => [revision, isLive, trigger.kind, trigger.revision]),
    ).toEqual([
      [3, true, 'rollback', 1],
      [2, false, 'redeploy', null],
      [1, false, 'deploy', null],
    ]);
    const { runs } = await ask(home, 'runs', 'etl');
    expect(runs.map(({ status, revision }) => [status, revision])).toEqual([
      ['succeeded', 3],
      ['failed', 2],
      ['succeeded', 1],
      ['succeeded', 1],
    ]);
    expect((await ask(home, 'status', 'etl')).application).toMatchObject({ state: 'succeeded', problem: null });
    expect((await runCli(['logs', 'etl', '--previous'], home)).stdout).toBe('second\n');
    expect((await runCli(['logs', 'etl', '--run', 'night', '--stream', 'executor-0'], home)).stderr).toMatch(/INFO/);

    expect(await runCli(['delete', 'etl'], home)).toMatchObject({ status: 0, stdout: 'etl: deleted\n' });
    expect(await left(home)).toEqual([]);
    expect(await ask(home, 'status', 'etl')).toMatchObject({
      end: { status: 8 },
      error: { code: 'DEPLOYMENT_NOT_FOUND' },
    });
  });

  it('lets a run go on without the command that started it, which logs and cancel find again', async () => {
    await using home = await makeHome();
    const deployed = await runCli(
      ['deploy', join(fixtures, 'sleeper'), '--name', 'nap', ...QUICK, '-d', '--', '--tasks', '600'],
      home,
    );
    const run = deployed.stdout.trim();
    expect(run, deployed.stderr).toMatch(/^nap-/);
    const following = startCli(['logs', 'nap', '-f'], home);
    await following.saw('sleeper: ready');
    expect((await ask(home, 'status', 'nap')).application).toMatchObject({ state: 'running', running: [run] });
    expect((await runCli(['open', 'nap', '--ui'], home)).stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
    expect(await ask(home, 'cancel', 'nap')).toMatchObject({ runs: [{ run, status: 'interrupted' }] });
    expect((await following.ended).status).toBe(0);
    expect(await ask(home, 'cancel', 'nap')).toMatchObject({ end: { status: 0 }, runs: [] });
    expect(await leftovers(home)).toEqual([]);
  });

  it('ends the run when it is interrupted itself, and says so', async () => {
    await using home = await makeHome();
    const cli = startCli(
      ['deploy', join(fixtures, 'sleeper'), '--name', 'nap', ...QUICK, '--', '--tasks', '600'],
      home,
    );
    await cli.saw('sleeper: ready');
    cli.child.kill('SIGINT');
    expect((await cli.ended).status).toBe(130);
    expect(await ask(home, 'runs', 'nap')).toMatchObject({ runs: [{ status: 'interrupted' }] });
    expect(await leftovers(home)).toEqual([]);
  });

  it('goes on when the command is killed, and is lost when all that keeps it is', async () => {
    await using home = await makeHome();
    const cli = startCli(
      ['deploy', join(fixtures, 'sleeper'), '--name', 'nap', '--workers', '1', '--', '--tasks', '600'],
      home,
    );
    await cli.saw('sleeper: ready');
    cli.child.kill('SIGKILL');
    await cli.ended;
    const { application } = await ask(home, 'status', 'nap');
    expect(application).toMatchObject({ state: 'running' });
    const keepers = join(home.stateFolder, 'runs', application.running[0] ?? '', LeaseFile.keepers);
    for (const { pid } of await readProcessRecords(keepers)) process.kill(pid, 'SIGKILL');
    expect(await ask(home, 'runs', 'nap')).toMatchObject({
      runs: [{ status: 'lost', reason: { code: 'LAUNCHER_LOST' } }],
    });
    expect(await leftovers(home)).toEqual([]);
  });

  it('lets one of two at once win, tells the other, and lets nobody delete meanwhile', async () => {
    await using home = await makeHome();
    const deploy = [
      'deploy',
      join(fixtures, 'sleeper'),
      '--name',
      'nap',
      ...QUICK,
      '-d',
      '-o',
      'json',
      '--',
      '--tasks',
      '600',
    ];
    const both = await Promise.all([1, 2].map(() => runCli(deploy, home)));
    expect(both.map(({ status }) => status).toSorted()).toEqual([0, 75]);
    expect(JSON.parse(both.find(({ status }) => status === 75)?.stdout ?? '')).toMatchObject({
      error: { code: 'DEPLOYMENT_BUSY' },
    });

    // It waits for the run of the first to end, and has the lock meanwhile.
    const waiting = startCli(['deploy', 'pi', '--name', 'nap', ...QUICK], home);
    while (!waiting.stderr().includes('rollout: started')) await once(waiting.child.stderr ?? process.stdin, 'data');
    await pause(500);
    expect(await ask(home, 'delete', 'nap')).toMatchObject({ end: { status: 75 }, error: { code: 'DEPLOYMENT_BUSY' } });
    waiting.child.kill('SIGTERM');
    expect((await waiting.ended).status).toBe(143);
    expect((await ask(home, 'history', 'nap')).revisions.map(({ status }) => status)).toEqual(['failed', 'live']);
    expect((await runCli(['delete', 'nap'], home)).status).toBe(0);
    expect(await left(home)).toEqual([]);
  });

  it('tells who wants to know of the end of a run that nobody waits for', async () => {
    await using home = await makeHome();
    const told = Promise.withResolvers<string>();
    const listener = createServer(async (request, response) => {
      told.resolve(await text(request));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo; // it listens on a port
    const source = join(home.path, 'app');
    await mkdir(source);
    await writeFile(join(source, 'app.py'), 'import sys\nfrom pyspark.sql import SparkSession\nsys.exit(3)\n');
    const notify = `notify: [{ url: "http://127.0.0.1:${port}/hook", on: [failed] }]`;
    await writeFile(join(source, 'hibana.yaml'), `version: 1\n${notify}\n`);
    const deployed = await runCli(['deploy', source, '--name', 'etl', ...QUICK, '-d'], home);
    const run = deployed.stdout.trim();
    const wanted = { application: 'etl', run, kind: 'failed', jobStatus: 3 };
    expect(JSON.parse(await told.promise), deployed.stderr).toMatchObject(wanted);
    listener.close();
    expect((await runCli(['delete', 'etl'], home)).status).toBe(0);
  });

  it('says before anything else that what a revision ran from is gone', async () => {
    await using home = await makeHome();
    const job = join(fixtures, 'exit-text');
    await runCli(['deploy', job, '--name', 'etl', ...QUICK], home);
    await runCli(['deploy', job, '--name', 'etl', ...QUICK, '--', 'x'], home);
    await rm(join(home.stateFolder, 'deployments', 'etl', 'trees'), { recursive: true });
    expect(await ask(home, 'rollback', 'etl')).toMatchObject({
      end: { status: 6 },
      error: { code: 'REVISION_INCOMPLETE' },
    });
    expect(await ask(home, 'start', 'etl')).toMatchObject({
      end: { status: 6 },
      error: { code: 'REVISION_INCOMPLETE' },
    });
    expect((await ask(home, 'history', 'etl')).revisions).toHaveLength(2);
  });
});

describe('hibana deploy, of a service on this machine', () => {
  it('replaces it by a new commit when that is well, keeps it when not, rolls it back, and leaves nothing', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const files = filesOf('pi-flask');
    const repository = await server.createRepository('team/pi-flask', { files });
    const [port = 0] = await chooseFreePorts(1);
    const answer = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    const options = ['--port', String(port), '--health-path', '/healthz', '--workers', '1'];

    const first = await runCli(['deploy', repository.url, '--name', 'pi', ...options], home);
    expect(first, first.stderr).toMatchObject({ status: 0, stdout: `http://127.0.0.1:${port}/\n` });
    expect(await answer('/sparkpi?scale=1')).toMatch(/^Pi is roughly 3\.\d+\n$/);

    const app = files['app.py'] ?? '';
    const second = await repository.commit({ files: { 'app.py': app.replace('"ok\\n"', '"second\\n"') } });
    const deployed = await ask(home, 'redeploy', 'pi');
    expect(deployed).toMatchObject({ changed: true, revision: { revision: 2, source: { commit: second } } });
    expect(await answer('/healthz')).toBe('second\n');

    await repository.commit({ files: { 'app.py': 'raise SystemExit("no such table")\n' } });
    const broken = await runCli(['redeploy', 'pi'], home);
    expect(broken.status).toBe(6);
    expect(broken.stderr).toContain('no such table');
    expect(broken.stderr).toContain('[SERVICE_UNHEALTHY]');
    expect(await answer('/healthz')).toBe('second\n');
    expect((await ask(home, 'status', 'pi')).application).toMatchObject({
      state: 'running',
      problem: expect.stringContaining('revision 3 does not count'),
    });

    await server[Symbol.asyncDispose]();
    expect(await ask(home, 'rollback', 'pi')).toMatchObject({
      changed: true,
      revision: { revision: 4, trigger: { revision: 1 } },
    });
    expect(await answer('/healthz')).toBe('ok\n');

    await runCli(['cancel', 'pi'], home);
    expect((await ask(home, 'status', 'pi')).application).toMatchObject({ state: 'stopped' });
    expect(await runCli(['start', 'pi'], home)).toMatchObject({ status: 0, stdout: `http://127.0.0.1:${port}/\n` });
    expect(await answer('/healthz')).toBe('ok\n');

    expect((await runCli(['delete', 'pi'], home)).status).toBe(0);
    expect(await left(home)).toEqual([]);
    expect(await leftovers(home, [port])).toEqual([]);
  });
});
