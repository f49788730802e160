import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';
import { type CliProcess, type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { matchesText } from '../helpers/fixture.ts';
import { type ForeignRepository, filesOf, foreignRepositories } from '../helpers/foreign-repository.ts';
import { type GitServer, startGitServer } from '../helpers/git-server.ts';
import { realUv } from '../helpers/layout.ts';
import { leftovers } from '../helpers/leftovers.ts';

const isLong = process.env.HIBANA_TEST_LONG === '1';
/** Of one run: packages are fetched and built the first time. */
const ONE_MS = 600_000;
/** What the ordinary run plays; the rest belongs to the long one. */
const OFTEN = new Set(['2017-flask', '2019-poetry', '2022-native-wheel']);

const repositories = (await foreignRepositories()).filter(({ name }) => isLong || OFTEN.has(name));

describe('a repository in the manner of its year runs as it is', () => {
  let server: GitServer;
  let shared: Home;
  const urls = new Map<string, string>();

  beforeAll(async () => {
    server = await startGitServer();
    shared = await makeHome();
    const uv = await realUv();
    for (const repository of repositories) {
      const { name, committedAt: at } = repository;
      urls.set(name, (await server.createRepository(name, { files: await filesOf(repository, uv), at })).url);
    }
    const created = await runCli(['cluster', 'create', 'team'], shared);
    expect(created.status, created.stderr).toBe(0);
  }, ONE_MS);

  afterAll(async () => {
    const deleted = await runCli(['cluster', 'delete', 'team'], shared);
    expect(deleted.status, deleted.stderr).toBe(0);
    expect(await leftovers(shared)).toEqual([]);
    await shared[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it.each(repositories)('$name on a cluster of its own', { timeout: ONE_MS }, async (repository) => {
    await using home = await makeHome();
    await play(repository, [], home);
    expect(await leftovers(home)).toEqual([]);
  });

  it.each(repositories)('$name on a shared cluster', { timeout: ONE_MS }, async (repository) => {
    await play(repository, ['--cluster', 'team'], shared);
  });

  async function play(repository: ForeignRepository, cluster: readonly string[], home: Home): Promise<void> {
    const { name, options, args, status, stdout, http, stop } = repository;
    const [port = 0] = http.length > 0 ? await chooseFreePorts(1) : [];
    const ports = port === 0 ? [] : ['--port', String(port)];
    const cli = startCli(['run', urls.get(name) ?? '', ...options, ...cluster, ...ports, '--', ...args], home);
    if (stop !== undefined) await visit(cli, { http, stop }, port);
    const end = await cli.ended;
    expect(end.status, end.stderr).toBe(status);
    for (const text of stdout) expect(end.stdout, end.stderr).toContain(text);
  }
});

type Visit = Pick<ForeignRepository, 'http'> & { readonly stop: NonNullable<ForeignRepository['stop']> };

async function visit(cli: CliProcess, { http, stop }: Visit, port: number): Promise<void> {
  await cli.saw(stop.when);
  for (const { path, status, body } of http) {
    const answer = await untilItListens(`http://127.0.0.1:${port}${path}`);
    const text = await answer.text();
    expect({ path, status: answer.status }).toEqual({ path, status });
    expect(matchesText(body, text), text).toBe(true);
  }
  cli.child.kill(stop.signal);
}

/** What it prints before it listens says nothing of when it does. */
async function untilItListens(url: string): Promise<Response> {
  const deadline = Date.now() + LISTEN_MS;
  for (;;) {
    try {
      return await fetch(url);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

const LISTEN_MS = 20_000;
const POLL_MS = 100;
