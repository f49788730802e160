import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';
import { type CliEnd, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { startGitServer } from '../helpers/git-server.ts';
import { leftovers } from '../helpers/leftovers.ts';

const templates = join(import.meta.dirname, '..', '..', 'templates', 'apps');
const fixturesFolder = join(import.meta.dirname, '..', 'fixtures', 'apps');

function templateFiles(name: string, files: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(templates, name, file), 'utf8')]));
}

function documentOf(end: CliEnd): { ok: boolean; error: { code: string } | null; outcome: Record<string, unknown> } {
  return JSON.parse(end.stdout);
}

describe('hibana run', () => {
  it('runs an unmodified application from a git URL and leaves nothing but its logs', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const { url } = await server.createRepository('team/pi', { files: templateFiles('pi', ['app.py']) });
    const end = await runCli(['run', `${url}#main`, '--', '--slices', '4'], home);
    expect(end).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Pi is roughly 3\.1\d+\n$/) });
    expect(end.stderr.trimEnd().split('\n').at(-1)).toMatch(
      /the job succeeded after .*source .*cluster .*job .*cleanup/,
    );
    expect(await leftovers(home)).toEqual([]);
  });

  it("ends with the job's own status and one JSON document", async () => {
    await using home = await makeHome();
    const end = await runCli(['run', 'fails', '--output', 'json'], home);
    expect(end.status).toBe(3);
    expect(documentOf(end)).toMatchObject({
      ok: false,
      error: { code: 'JOB_FAILED' },
      outcome: { kind: 'failed', exitCode: 3, jobStatus: 3, leftovers: [] },
    });
    expect(await leftovers(home)).toEqual([]);
  });

  it('says the cause, the last lines and where the logs are when a job fails', async () => {
    await using home = await makeHome();
    const end = await runCli(['run', join(fixturesFolder, 'exception')], home);
    expect(end.status).toBe(1);
    const logs = /logs: (\S+)/.exec(end.stderr)?.[1] ?? '';
    expect(end.stderr).toMatch(/The job ended with status 1: \w+Error/);
    expect(await readFile(join(logs, 'driver.stdout.log'), 'utf8')).toContain('Traceback');
  });

  it('runs a service that answers while it runs and stops with Ctrl-C', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const files = templateFiles('pi-flask', ['app.py', 'requirements.txt', 'hibana.yaml']);
    const { url } = await server.createRepository('pi-flask', { files });
    const [port = 0] = await chooseFreePorts(1);
    const cli = startCli(['run', url, '--port', String(port)], home);
    const answer = await untilAnswers(`http://127.0.0.1:${port}/sparkpi?scale=2`, cli.ended);
    expect(answer).toMatch(/3\.1/);
    cli.child.kill('SIGINT');
    expect((await cli.ended).status).toBe(130);
    expect(await leftovers(home, [port])).toEqual([]);
  });

  it('installs dependencies for driver and executors, and needs no network the second time', async () => {
    await using home = await makeHome();
    const first = await runCli(['run', 'wordcount'], home);
    expect(first.status).toBe(0);
    const second = await runCli(['run', 'wordcount'], home, {
      env: { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' },
    });
    expect(second).toMatchObject({ status: 0, stdout: first.stdout });
  });

  it('ends with 124 when the time is up, and leaves nothing', async () => {
    await using home = await makeHome();
    const args = ['run', join(fixturesFolder, 'sleeper'), '--timeout', '12s', '-o', 'json', '--', '--seconds', '60'];
    const end = await runCli(args, home);
    expect(end.status).toBe(124);
    expect(documentOf(end)).toMatchObject({
      ok: false,
      error: { code: 'RUN_TIMEOUT' },
      outcome: { kind: 'timed-out' },
    });
    expect(await leftovers(home)).toEqual([]);
  });

  it('ends with 6 when the cluster cannot be made, and names the log', async () => {
    await using home = await makeHome();
    const java = await brokenJava(join(home.path, 'java'));
    const end = await runCli(['run', 'pi', '--java', java, '-o', 'json'], home);
    expect(end.status).toBe(6);
    expect(documentOf(end)).toMatchObject({
      ok: false,
      error: { code: 'CLUSTER_FAILED' },
      outcome: { kind: 'not-started' },
    });
    expect(await leftovers(home)).toEqual([]);
  });

  it('kills a program that ignores every polite signal, within its grace', async () => {
    await using home = await makeHome();
    const cli = startCli(['run', join(fixturesFolder, 'ignores-signals')], home);
    await cli.saw('ready');
    cli.child.kill('SIGTERM');
    expect((await cli.ended).status).toBe(143);
    expect(await leftovers(home)).toEqual([]);
  });

  it('passes secrets as files and only what was asked for of the environment', async () => {
    await using home = await makeHome();
    const secret = join(home.path, 'token.txt');
    await writeFile(secret, 'very-secret');
    const env = { STRAY: '1', SPARK_CONF_DIR: '/stray', GREETING: 'hello world' };
    const shows = ['-e', 'ECHO_ENV=GREETING,STRAY,SPARK_CONF_DIR', '-e', 'ECHO_SECRETS=TOKEN', '-e', 'GREETING'];
    const args = [
      'run',
      join(fixturesFolder, 'echo-args'),
      ...shows,
      '--secret',
      `TOKEN=${secret}`,
      '--',
      'a b',
      "it's",
      '',
    ];
    const end = await runCli(args, home, { env });
    expect(end.status).toBe(0);
    const shown = JSON.parse(end.stdout);
    expect(shown.args).toEqual(['a b', "it's", '']);
    expect(shown.env).toMatchObject({ GREETING: 'hello world', STRAY: null, SPARK_CONF_DIR: null });
    expect(shown.secrets.TOKEN).toEqual({ sha256: sha256('very-secret'), bytes: 11, mode: '400' });
    expect(await leftovers(home)).toEqual([]);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function untilAnswers(url: string, ended: Promise<CliEnd>): Promise<string> {
  for (;;) {
    const answer = await fetch(url).then(
      async (response) => (response.ok ? response.text() : undefined),
      () => undefined,
    );
    if (answer !== undefined) return answer;
    const end = await Promise.race([ended, new Promise<null>((resolve) => setTimeout(resolve, 250, null))]);
    if (end) throw new Error(`the service ended with ${end.status}:\n${end.stderr}`);
  }
}

/** A Java that answers every question about itself and then cannot run a program. */
async function brokenJava(folder: string): Promise<string> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  await cp(join(fixturesFolder, '..', 'broken-java.sh'), join(folder, 'bin', 'java'));
  return folder;
}
