import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { type Duplex, PassThrough, type Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import type { ProgressEvent } from '../../core/events.ts';
import { IMAGE_PATHS } from '../../core/image-layout.ts';
import { MEMBER_FOLDER } from '../container/work.ts';
import { isRootless } from './check-daemon.ts';
import { CONFLICT, dockerError, NOT_FOUND, statusOf, withoutBody } from './docker-errors.ts';
import { CHANNEL, readFrames } from './frames.ts';

export interface LauncherWanted extends LauncherListener {
  readonly docker: Docker;
  readonly socket: string;
  readonly name: string;
  /** Of hibana's own image. */
  readonly image: string;
  readonly run: string;
  /** The same path inside: nothing else of this machine is seen there but the socket. */
  readonly leaseDirectory: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Who hears what a launcher says. */
export interface LauncherListener {
  readonly onEvent: (event: ProgressEvent) => void;
  /** Awaited before more is read: a slow reader slows the job. */
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => Promise<void>;
}

/** How it was seen to end. */
export interface LauncherEnd {
  /** What it said of its own failure. */
  readonly said: string;
  /** The daemon was gone before the launcher was seen to end. */
  readonly isCutOff: boolean;
}

/** A launcher that runs. */
export interface LauncherContainer {
  /** Resolves when it has ended, or its daemon has, and all its output has been relayed. */
  readonly ended: Promise<LauncherEnd>;
  readonly signal: (signal: 'SIGINT' | 'SIGTERM') => Promise<void>;
}

const SOCKET_INSIDE = '/var/run/docker.sock';
const PROGRAM = '/opt/hibana/dist/launcher/docker.mjs';
const MEMORY_BYTES = 512 * 2 ** 20;
const PROCESSES = 256;
const REMOVED_WITHIN_MS = 15_000;
/** After the end of its output: for its daemon to say that it has ended. */
const SEEN_WITHIN_MS = 5_000;

/** Starts the launcher in a container of its own, with nothing of anybody's environment. It lives as long as this connection, and goes with its end.
 *  @throws {ToolError} NAME_TAKEN, CONTAINER_FAILED, DOCKER_UNREACHABLE */
export async function startLauncherContainer(wanted: LauncherWanted, ctx: Ctx): Promise<LauncherContainer> {
  const { docker, name } = wanted;
  const options = await optionsFor(wanted);
  try {
    ctx.signal.throwIfAborted();
    // The name alone is part of the address. The client's types do not know this.
    const call = { _query: { name }, _body: options, abortSignal: ctx.signal } as Docker.ContainerCreateOptions;
    const container = await docker.createContainer(call);
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
    const over = new AbortController();
    const until = (condition: string): Promise<boolean> =>
      container
        .wait({ _query: { condition }, _body: {}, abortSignal: over.signal } as object)
        .then(isStatus, () => false);
    const removed = until('removed');
    const seen = until('next-exit');
    // The daemon waits for the end of what is sent to it before it says that there is nothing more.
    void seen.then(() => stream.end());
    await container.start(withoutBody(ctx));
    const ended = relay(stream, wanted).then(async (said) => {
      const isCutOff = !(await Promise.race([seen, pause(SEEN_WITHIN_MS, false, { ref: false })]));
      if (!isCutOff) await Promise.race([removed, pause(REMOVED_WITHIN_MS, undefined, { ref: false })]);
      // What is still waited for would keep this program.
      over.abort();
      (stream as unknown as Duplex).destroy();
      return { said, isCutOff };
    });
    ended.catch(() => {});
    return { ended, signal: (signal) => sendSignal(container, signal) };
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw startError(error, name);
  }
}

async function optionsFor(wanted: LauncherWanted): Promise<Docker.ContainerCreateOptions> {
  const { docker, socket, image, run, leaseDirectory, network, labels } = wanted;
  // There root is the user whose daemon it is.
  const { uid, gid } = isRootless(await docker.info()) ? { uid: 0, gid: 0 } : userInfo();
  return {
    Image: image,
    User: `${uid}:${gid}`,
    Entrypoint: [`${IMAGE_PATHS.node}/bin/node`],
    Cmd: ['--lite-mode', PROGRAM, 'launch', run, leaseDirectory],
    Env: ['NODE_OPTIONS=', 'NODE_PATH=', 'HOME=/tmp', `PATH=${IMAGE_PATHS.node}/bin:/usr/local/bin:/usr/bin:/bin`],
    Labels: { ...labels },
    WorkingDir: '/',
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: network,
      GroupAdd: [String((await stat(socket)).gid)],
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      PidsLimit: PROCESSES,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=16m,mode=1777' },
      // Its frames are for whoever is attached, and for no log of the daemon.
      LogConfig: { Type: 'none', Config: {} },
      Mounts: [
        { Type: 'bind', Source: socket, Target: SOCKET_INSIDE },
        { Type: 'bind', Source: leaseDirectory, Target: leaseDirectory },
        // Filled from its own image: the program that guards master and driver, which get it to read.
        {
          ...{ Type: 'volume', Source: '', Target: MEMBER_FOLDER },
          VolumeOptions: { NoCopy: false, Labels: { ...labels }, DriverConfig: { Name: 'local', Options: {} } },
        },
      ],
    },
  };
}

/** A daemon that ends while it is asked may answer with less. */
function isStatus(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'StatusCode' in answer && Number(answer.StatusCode) >= 0;
}

async function relay(stream: NodeJS.ReadWriteStream, wanted: LauncherWanted): Promise<string> {
  const said: Buffer[] = [];
  const inner = async function* (): AsyncGenerator<Uint8Array> {
    for await (const { channel, payload } of readFrames(stream as unknown as AsyncIterable<Uint8Array>)) {
      if (channel === CHANNEL.stdout) yield payload;
      else said.push(payload);
    }
  };
  const events = new PassThrough();
  const told = relayEvents(events, wanted);
  try {
    for await (const { channel, payload } of readFrames(inner())) {
      if (channel === CHANNEL.events) events.write(payload);
      else await wanted.onOutput(channel === CHANNEL.stderr ? 'stderr' : 'stdout', payload);
    }
  } catch {
    // The connection broke: what came before it is whole.
  }
  events.end();
  await told;
  return Buffer.concat(said).toString('utf8').trim();
}

async function relayEvents(events: Readable, { onEvent }: LauncherWanted): Promise<void> {
  for await (const line of createInterface({ input: events })) {
    try {
      onEvent(JSON.parse(line)); // our own launcher's
    } catch {
      // Half a line: it was killed while it wrote.
    }
  }
}

/** One that has ended needs none. */
async function sendSignal(container: Docker.Container, signal: string): Promise<void> {
  try {
    await container.kill({ signal });
  } catch (error) {
    if (statusOf(error) !== NOT_FOUND && statusOf(error) !== CONFLICT) throw dockerError(error, 'signal the launcher');
  }
}

function startError(error: unknown, name: string): unknown {
  if (statusOf(error) !== CONFLICT) return dockerError(error, `start the launcher "${name}"`);
  return new ToolError('NAME_TAKEN', `Cannot start the launcher: there is a container "${name}"`, { cause: error });
}
