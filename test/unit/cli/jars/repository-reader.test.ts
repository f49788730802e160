import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepositoryReader } from '../../../../cli/jars/repository-reader.ts';
import { createHttp } from '../../../../cli/packages/http.ts';
import { readIndexSettings } from '../../../../cli/packages/index-settings.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const JAR = 'org/example/tiny/1/tiny-1.jar';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-repository-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly text: string | undefined;
  readonly failures: readonly unknown[];
}

/** What a reader makes of the jar of a repository that answers so. */
async function read(answer: RequestListener): Promise<Outcome> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/maven`;
  const settings = await readIndexSettings({ indexUrl: null, caFile: null }, { env: {}, home: folder }, testCtx());
  await using http = createHttp(settings);
  const set = { localFolder: join(folder, 'm2'), remotes: [{ id: 'team', url }], credentials: new Map() };
  const deps = { set, http, folder: join(folder, 'files'), retryWaitsMs: [1, 1] };
  const reader = createRepositoryReader(deps, testCtx());
  try {
    const file = await reader.find(JAR);
    const text = file === undefined ? undefined : await readFile(file, 'utf8');
    return { text, failures: [...reader.failures.values()] };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Cuts the first `cuts` answers for the jar off in the middle. */
function cutting(cuts: number): RequestListener {
  let asked = 0;
  return (request, response) => {
    if (request.url?.endsWith('.jar') !== true) return void response.writeHead(404).end();
    asked += 1;
    response.writeHead(200, { 'content-length': '8' });
    if (asked > cuts) return void response.end('contents');
    response.write('cont', () => response.destroy());
  };
}

describe('find() of a repository reader', () => {
  it('fetches a file again whose connection was cut', async () => {
    expect(await read(cutting(2))).toEqual({ text: 'contents', failures: [] });
  });

  it('says MAVEN_UNREACHABLE of a repository that always cuts the connection', async () => {
    const { text, failures } = await read(cutting(100));
    expect(text).toBeUndefined();
    expect(failures).toMatchObject([{ code: 'MAVEN_UNREACHABLE', message: expect.stringContaining('"team"') }]);
  });
});
