import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerByGit } from './git-http-backend.ts';
import { type BareRepository, createBareRepository, type RepositoryContents } from './git-repository.ts';

/** What a repository does to those who ask for it. */
export interface RepositoryRules {
  /** Basic authentication; without it anybody may read. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** `silent`: takes the request and never answers. `midway`: sends the first bytes of the pack, then nothing. */
  readonly stall?: 'silent' | 'midway';
  /** Answer with this redirect instead; `{path}` is what follows the repository's name. */
  readonly redirect?: string;
  /** Answer with this status instead. */
  readonly status?: number;
  /** Speak protocol version 0, in which only the tips of refs are given. */
  readonly oldProtocol?: boolean;
}

export interface ServedRepository extends BareRepository {
  readonly name: string;
  readonly url: string;
}

export interface GitServer extends AsyncDisposable {
  /** `127.0.0.1:40123`: the host that credentials are bound to. */
  readonly host: string;
  url(name: string): string;
  /** Makes a repository and serves it at `url(name)`; the name can have slashes. */
  createRepository(name: string, contents: RepositoryContents, rules?: RepositoryRules): Promise<ServedRepository>;
  /** Changes the rules of a repository from the next request on. */
  setRules(name: string, rules: RepositoryRules): void;
  /** How many requests a repository has had, refused ones too. */
  requests(name: string): number;
  /** How many requests have been taken and not been answered to the end. */
  pending(): number;
}

export interface GitServerOptions {
  /** PEM; with it the server speaks https only. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a real git server (smart HTTP, `git http-backend`) on a free port of 127.0.0.1, with its repositories in a temporary folder.
 *  Disposing it closes every connection and deletes the folder.
 *
 *      await using server = await startGitServer();
 *      const { url } = await server.createRepository('team/app', { files: { 'app.py': 'print(1)' }, tags: { v1: 'main' } });
 */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'hibana-git-server-'));
  const repositories = new Map<string, { rules: RepositoryRules; requests: number }>();
  let pending = 0;
  const listener: RequestListener = (request, response) => {
    pending += 1;
    response.once('close', () => {
      pending -= 1;
    });
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const name = [...repositories.keys()].find((key) => path.startsWith(`/${key}/`));
    const repository = repositories.get(name ?? '');
    if (repository === undefined || name === undefined) {
      refuse(response, 404);
      return;
    }
    repository.requests += 1;
    answer({ root, request, response, name, rules: repository.rules });
  };
  const http = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  // `as` because the type also covers pipes: this one listens on a port.
  const host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const url = (name: string): string => `${options.tls ? 'https' : 'http'}://${host}/${name}`;
  return {
    host,
    url,
    createRepository: async (name, contents, rules = {}) => {
      const repository = await createBareRepository(join(root, name), contents);
      repositories.set(name, { rules, requests: 0 });
      return { ...repository, name, url: url(name) };
    },
    setRules: (name, rules) => {
      repositories.set(name, { rules, requests: repositories.get(name)?.requests ?? 0 });
    },
    requests: (name) => repositories.get(name)?.requests ?? 0,
    pending: () => pending,
    [Symbol.asyncDispose]: async () => {
      const closed = once(http, 'close');
      http.close();
      http.closeAllConnections();
      await closed;
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export interface GitExchange {
  readonly root: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly name: string;
  readonly rules: RepositoryRules;
}

function answer(exchange: GitExchange): void {
  const { request, response, name, rules } = exchange;
  if (rules.stall === 'silent') {
    request.resume();
  } else if (rules.status !== undefined) {
    refuse(response, rules.status);
  } else if (rules.redirect !== undefined) {
    const location = rules.redirect.replace('{path}', (request.url ?? '').slice(name.length + 1));
    refuse(response, 301, { location });
  } else if (rules.credentials && !isAllowed(request, rules.credentials)) {
    refuse(response, 401, { 'www-authenticate': 'Basic realm="git"' });
  } else {
    answerByGit(exchange);
  }
}

function isAllowed(request: IncomingMessage, { user, password }: { user: string; password: string }): boolean {
  return request.headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, headers).end();
}
