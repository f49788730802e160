import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';
import { findProcess } from '../../runtime/platform/local/process-table.ts';
import { type CliEnd, type CliProcess, makeHome, startCli } from '../helpers/cli.ts';
import { allFixtures, type Fixture, type FixtureCase, matchesText } from '../helpers/fixture.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { sha256 } from '../helpers/package-index.ts';

const GONE_WITHIN_MS = 5_000;
const POLL_MS = 100;

/** Those that `run.test.ts` plays as well. */
const ELSEWHERE = new Set(['exception: in the driver', 'ignores-signals: SIGTERM']);

/** Paths among the options of a case are relative to the fixture's folder: hibana sees them from there. */
const cases = allFixtures()
  .flatMap((fixture) => fixture.cases.map((one) => [nameOf(fixture, one), fixture, one] as const))
  .filter(([name]) => !ELSEWHERE.has(name));

describe('hibana run does what expect.json says of the fixture', () => {
  it.each(cases)('%s', async (_name, fixture, one) => {
    await using home = await makeHome();
    const [port = 0] = one.http.length > 0 ? await chooseFreePorts(1) : [];
    const cli = startCli(argumentsOf(fixture, one, port), home, { cwd: fixture.dir });
    await playThrough(one, cli, port);
    const end = await cli.ended;
    expectEnd(one, end);
    if (one.stdoutSha256 !== undefined) expect(sha256(cli.stdoutBytes())).toBe(one.stdoutSha256);
    if (one.leavesGrandchild) await expectGone(end);
    expect(await leftovers(home, port === 0 ? [] : [port])).toEqual([]);
  });
});

function nameOf({ name }: Fixture, one: FixtureCase): string {
  return one.name === undefined ? name : `${name}: ${one.name}`;
}

/** What they are about is the same on two, which take a quarter of the time more. */
const ONE_WORKER = ['--workers', '1'];

function argumentsOf({ dir }: Fixture, one: FixtureCase, port: number): readonly string[] {
  const env = Object.entries(one.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const ports = port === 0 ? [] : ['--port', String(port)];
  return ['run', dir, ...ONE_WORKER, ...one.options, ...env, ...ports, '--', ...one.args];
}

async function playThrough({ stop, http }: FixtureCase, cli: CliProcess, port: number): Promise<void> {
  if (stop === undefined) return;
  await cli.saw(stop.when);
  for (const { path, status, body } of http) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    expect({ path, status: answer.status }).toEqual({ path, status });
    const text = await answer.text();
    if (body !== undefined) expect(matchesText(body, text), `${path}: ${text}`).toBe(true);
  }
  cli.child.kill(stop.signal);
}

function expectEnd({ status, stdout, output }: FixtureCase, end: CliEnd): void {
  expect(end.status, end.stderr).toBe(status);
  for (const text of stdout) expect(matchesText(text, end.stdout), `${text} in: ${end.stdout}`).toBe(true);
  for (const text of output) expect(matchesText(text, end.stdout + end.stderr), `${text} in: ${end.stderr}`).toBe(true);
}

async function expectGone({ stdout }: CliEnd): Promise<void> {
  const pid = Number(/^grandchild (\d+)$/m.exec(stdout)?.[1]);
  expect(pid).toBeGreaterThan(1);
  const deadline = Date.now() + GONE_WITHIN_MS;
  while ((await findProcess(pid)) !== undefined && Date.now() < deadline) await pause(POLL_MS);
  expect(await findProcess(pid)).toBeUndefined();
}
