import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { systemCode, ToolError } from '../../core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A client of the daemon that the docker command would talk to: `DOCKER_HOST` (unix, tcp, with `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`, ssh), else
 *  the socket of this machine, else that of the user's own daemon. The daemon has answered.
 *  @throws {ToolError} DOCKER_UNREACHABLE; rejects with `signal.reason` on abort */
export async function connectDocker(env: Environment, ctx: Ctx): Promise<Docker> {
  return connect(await optionsFrom(env), env.DOCKER_HOST || `unix://${DEFAULT_SOCKET}`, ctx);
}

/** A client of the daemon at a socket of this machine, which has answered.
 *  @throws {ToolError} DOCKER_UNREACHABLE; rejects with `signal.reason` on abort */
export function connectSocket(socketPath: string, ctx: Ctx): Promise<Docker> {
  return connect({ socketPath }, `unix://${socketPath}`, ctx);
}

async function connect(options: Docker.DockerOptions, host: string, ctx: Ctx): Promise<Docker> {
  ctx.signal.throwIfAborted();
  const { Docker: Client } = await import('./docker-client.ts');
  const docker = new Client(options);
  try {
    const abortSignal = AbortSignal.any([ctx.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    // The types do not know that it takes one.
    const ping = docker.ping.bind(docker) as (options: { readonly abortSignal: AbortSignal }) => Promise<unknown>;
    await ping({ abortSignal });
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw unreachable(host, error);
  }
  return docker;
}

/** The socket on this machine through which that daemon would be talked to; `undefined` where it is another way. */
export async function findDockerSocket(env: Environment): Promise<string | undefined> {
  const said = env.DOCKER_HOST ?? '';
  if (said === '') return findSocket(env);
  return said.startsWith('unix://') ? said.slice('unix://'.length) || DEFAULT_SOCKET : undefined;
}

const ANSWER_WITHIN_MS = 15_000;
const DEFAULT_SOCKET = '/var/run/docker.sock';
const TLS_PORT = '2376';

async function optionsFrom(env: Environment): Promise<Docker.DockerOptions> {
  const said = env.DOCKER_HOST ?? '';
  if (said === '') return { socketPath: await findSocket(env) };
  if (said.startsWith('unix://')) return { socketPath: said.slice('unix://'.length) || DEFAULT_SOCKET };
  const text = said.includes('://') ? said : `tcp://${said}`;
  const url = URL.parse(text);
  if (url === null || url.hostname === '' || !PROTOCOLS.has(url.protocol)) {
    throw new ToolError('DOCKER_UNREACHABLE', `Cannot read DOCKER_HOST "${said}"`, {
      hint: 'Write it as unix:///run/docker.sock, tcp://host:2376 or ssh://user@host',
    });
  }
  const { hostname: host, port, username } = url;
  if (url.protocol === 'ssh:') {
    const agent = env.SSH_AUTH_SOCK;
    return { protocol: 'ssh', host, port: port || '22', username, ...(agent && { sshOptions: { agent } }) };
  }
  const isTls = env.DOCKER_TLS_VERIFY === '1' || port === TLS_PORT;
  return { protocol: isTls ? 'https' : 'http', host, port, ...(await certificates(env, said)) };
}

const PROTOCOLS = new Set(['tcp:', 'http:', 'https:', 'ssh:']);

/** Where no daemon of the machine is there may be one of the user's. Source: Docker's "Rootless mode". */
async function findSocket({ XDG_RUNTIME_DIR, HOME }: Environment): Promise<string> {
  const own = [
    ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, 'docker.sock')]),
    ...(HOME === undefined ? [] : [join(HOME, '.docker/run/docker.sock')]),
  ];
  if (await exists(DEFAULT_SOCKET)) return DEFAULT_SOCKET;
  for (const path of own) if (await exists(path)) return path;
  return DEFAULT_SOCKET;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function certificates({ DOCKER_CERT_PATH: folder }: Environment, host: string): Promise<Docker.DockerOptions> {
  if (folder === undefined || folder === '') return {};
  try {
    const [ca, cert, key] = await Promise.all(
      ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  } catch (cause) {
    throw new ToolError('DOCKER_UNREACHABLE', `Cannot read the certificates for "${host}" in "${folder}"`, {
      cause,
      hint: 'Put ca.pem, cert.pem and key.pem there, or unset DOCKER_CERT_PATH',
    });
  }
}

function unreachable(host: string, cause: unknown): ToolError {
  const errno = systemCode(cause) ?? null;
  const isForbidden = errno === 'EACCES' || errno === 'EPERM';
  const state = isForbidden ? 'you may not use its socket' : (errno ?? 'it does not answer');
  return new ToolError('DOCKER_UNREACHABLE', `Cannot reach the Docker daemon at "${host}": ${state}`, {
    cause,
    details: { host, errno },
    ...(isForbidden && { hint: 'Join the group "docker", or name a daemon of your own with DOCKER_HOST' }),
  });
}
