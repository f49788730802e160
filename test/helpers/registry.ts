import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:5000` */
  readonly host: string;
  /** Uploads that were begun and are still there, in all repositories. */
  readonly uploads: () => Promise<readonly string[]>;
}

export interface DockerRegistryOptions {
  /** PEM files; default plain http. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Lets in who has REGISTRY_LOGIN. */
  readonly isProtected?: boolean;
  /** Lets in who has a token. */
  readonly tokens?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly caFile: string;
  };
}

export const REGISTRY_LOGIN = { username: 'clerk', password: 'Sesame-1' } as const;
/** Made by `htpasswd -Bbn -C 4`: this registry takes nothing but bcrypt. */
const HTPASSWD = 'clerk:$2y$04$QUTZePbfI18ONdukXZRDhebGfRrQAze0tTgpmo.oeyY5S5IKyDTCO\n';

/** Whether a program is on the PATH. */
export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

export const hasDockerRegistry = (): boolean => hasProgram('docker-registry');

/** Debian's `docker-registry` on 127.0.0.1, with a folder of its own. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-docker-registry-'));
  const [port = 0] = await chooseFreePorts(1);
  await writeFile(join(folder, 'htpasswd'), HTPASSWD);
  // JSON is YAML.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(configuration(options, folder, port)));
  const end = await start('docker-registry', ['serve', join(folder, 'config.yml')], port);
  return {
    host: `127.0.0.1:${port}`,
    uploads: () => uploadsBelow(join(folder, 'data')),
    [Symbol.asyncDispose]: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration({ tls, isProtected, tokens }: DockerRegistryOptions, folder: string, port: number): object {
  const basic = { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } };
  const token = tokens && {
    token: { realm: tokens.realm, service: tokens.service, issuer: tokens.issuer, rootcertbundle: tokens.caFile },
  };
  return {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'of a test',
      ...(tls && { tls: { certificate: tls.certFile, key: tls.keyFile } }),
    },
    ...((isProtected || token) && { auth: token ?? basic }),
  };
}

/** What is in `repositories/<name>/_uploads/<id>`: of one that was deleted, an empty folder may stay. */
async function uploadsBelow(data: string): Promise<readonly string[]> {
  const entries = await readdir(data, { recursive: true }).catch((): string[] => []);
  return entries.filter((path) => /\/_uploads\/[^/]+\/(data|startedat)$/.test(path));
}

const CRANE_MODULE = 'github.com/google/go-containerregistry';
const CRANE_VERSION = 'v0.22.1';

/** The same registry as in `crane`, with the list of referrers, which that one leaves out. */
const WITH_REFERRERS = `package main

import (
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	panic(http.ListenAndServe(os.Args[1], registry.New(registry.WithReferrersSupport(true))))
}
`;

export const hasCrane = (): boolean => existsSync(programPath('crane')) || hasProgram('go');

function programPath(name: string): string {
  return join(process.env.HOME ?? tmpdir(), '.cache', 'hibana-test', 'bin', `${name}-${CRANE_VERSION}`);
}

/** The program `crane`, from its Go module; built once, into the user's cache. */
export function findCrane(): Promise<string> {
  return buildOnce('crane', `${CRANE_MODULE}/cmd/crane`, null);
}

function findReferrersRegistry(): Promise<string> {
  return buildOnce('registry', `${CRANE_MODULE}/pkg/registry`, WITH_REFERRERS);
}

/** A program of the Go module, or, with `source`, one of ours that imports a package of it. */
async function buildOnce(name: string, imported: string, source: string | null): Promise<string> {
  const program = programPath(name);
  if (existsSync(program)) return program;
  const folder = await mkdtemp(join(tmpdir(), `hibana-${name}-`));
  const run = (...args: readonly string[]) => {
    const env = { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' };
    execFileSync('go', args, { cwd: folder, env, stdio: 'pipe' });
  };
  try {
    run('mod', 'init', name);
    run('get', `${imported}@${CRANE_VERSION}`);
    if (source !== null) await writeFile(join(folder, 'main.go'), source);
    run('build', '-o', program, source === null ? imported : '.');
    return program;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Another implementation: the registry in `crane`, on 127.0.0.1. It keeps uploads in its memory, where nobody can look. */
export async function startCraneRegistry(): Promise<TestRegistry> {
  const [port = 0] = await chooseFreePorts(1);
  const end = await start(await findCrane(), ['registry', 'serve', '--address', `127.0.0.1:${port}`], port);
  return { host: `127.0.0.1:${port}`, uploads: async () => [], [Symbol.asyncDispose]: end };
}

/** One that keeps a list of what is attached to images. */
export async function startReferrersRegistry(): Promise<TestRegistry> {
  const [port = 0] = await chooseFreePorts(1);
  const end = await start(await findReferrersRegistry(), [`127.0.0.1:${port}`], port);
  return { host: `127.0.0.1:${port}`, uploads: async () => [], [Symbol.asyncDispose]: end };
}

const UP_WITHIN_MS = 20_000;
const POLL_MS = 20;

/** By a connection: binding the port to see whether it is free takes it away from a server that is starting. */
async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answered = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answered;
}

/** Starts a server and waits until it listens; what comes back ends it. */
async function start(program: string, args: readonly string[], port: number): Promise<() => Promise<void>> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text) => said.push(String(text)));
  const deadline = Date.now() + UP_WITHIN_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill();
      throw new Error(`"${program}" does not start: ${said.join('')}`);
    }
    await pause(POLL_MS);
  }
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
}
