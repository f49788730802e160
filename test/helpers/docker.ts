import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import Docker from 'dockerode';
import { BlockFiller, BlockPool } from '../../cli/image/layer/block-filler.ts';
import { orderEntries } from '../../cli/image/layer/order-entries.ts';
import { writeTar } from '../../cli/image/layer/write-tar.ts';
import { findExecutables } from '../../cli/toolchain/find-executables.ts';
import { busyboxRoot } from './busybox-root.ts';
import { testCtx } from './ctx.ts';

const UP_WITHIN_MS = 60_000;
const POLL_MS = 200;

export interface DockerDaemon extends AsyncDisposable {
  readonly docker: Docker;
  /** For DOCKER_HOST. */
  readonly host: string;
  /** For `--bind`: where this machine reaches what is published; in a network space of its own the daemon's loopback is not this machine's. */
  readonly address: string;
  /** Ends it with this signal, and starts it again after a while; rejects where it is not one of these tests. */
  readonly restart: (signal: NodeJS.Signals, awayMs: number) => Promise<void>;
  /** Of the daemon itself; throws where it is not one of these tests. */
  readonly pid: () => number;
}

/** Whether `startDocker` can: a daemon that answers, or one that can be started. */
export async function hasDocker(): Promise<boolean> {
  return (await canStart()) || (await answers(new Docker()));
}

export interface DockerWanted {
  /** Networks of its own, which this machine reaches: the daemon is in a network of its own then, where no filter of the machine's keeps containers
   *  from each other, and touches nothing of the machine's. Default it has none but `host` and `none`. */
  readonly networks?: boolean;
}

/** A Docker daemon for tests alone where one can be started (root and `dockerd`): its containers, images and folders go with it, and it leaves the
 *  network of this machine, and another daemon's, alone. Else the one of this machine. */
export async function startDocker({ networks = false }: DockerWanted = {}): Promise<DockerDaemon> {
  if (!(await canStart())) {
    const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
    const refuse = (): never => {
      throw new Error('this is the daemon of the machine');
    };
    const faults = { restart: async () => refuse(), pid: refuse };
    return { docker: new Docker(), host, address: '127.0.0.1', ...faults, [Symbol.asyncDispose]: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'hibana-docker-'));
  const socketPath = join(folder, 'docker.sock');
  const places = ['data-root', 'exec-root'].flatMap((name) => [`--${name}`, join(folder, name)]);
  const args = ['-H', `unix://${socketPath}`, ...places, '--pidfile', join(folder, 'pid')];
  const space = networks ? makeNetworkSpace() : undefined;
  const alone = [...args, '--bridge=none', '--iptables=false', ...(space?.daemonArgs ?? [])];
  const [program = 'dockerd', ...words] = [...(space?.enter ?? []), 'dockerd', ...alone];
  const start = () => {
    const daemon = spawn(program, words, { stdio: 'ignore' });
    return { daemon, ended: once(daemon, 'close') };
  };
  let running = start();
  const docker = new Docker({ socketPath });
  const stop = async (): Promise<void> => {
    for (const { Id } of await docker.listContainers({ all: true }).catch(() => [])) {
      await docker.getContainer(Id).remove({ force: true, v: true });
    }
    running.daemon.kill('SIGTERM');
    await running.ended;
    space?.remove();
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilUp(docker, running.daemon);
  } catch (error) {
    await stop();
    throw error;
  }
  const restart = async (signal: NodeJS.Signals, awayMs: number): Promise<void> => {
    running.daemon.kill(signal);
    await running.ended;
    await pause(awayMs);
    await rm(join(folder, 'pid'), { force: true });
    running = start();
    await untilUp(docker, running.daemon);
  };
  const address = space?.address ?? '127.0.0.1';
  const pid = (): number => running.daemon.pid ?? 0;
  return { docker, host: `unix://${socketPath}`, address, restart, pid, [Symbol.asyncDispose]: stop };
}

interface NetworkSpace {
  /** By which this machine reaches it. */
  readonly address: string;
  /** What to put before a command that is to run in it. */
  readonly enter: readonly string[];
  readonly daemonArgs: readonly string[];
  readonly remove: () => void;
}

const RANGES = 200;

/** A network namespace that this machine reaches, and a range of addresses for bridges in it. What a test that was killed has left goes first. */
function makeNetworkSpace(): NetworkSpace {
  removeStaleSpaces();
  const taken = execFileSync('ip', ['route'], { encoding: 'utf8' });
  const numbers = Array.from({ length: RANGES }, (_, index) => (process.pid + index) % RANGES);
  const number = numbers.find((candidate) => !taken.includes(`10.232.${candidate}.0/24`)) ?? 0;
  const [name, link] = [`hibana-test-${process.pid}`, `hib${process.pid}`];
  const [here, there, range] = [`10.231.${number}.1`, `10.231.${number}.2`, `10.232.${number}.0/24`];
  const ip = (...args: readonly string[]): void => void execFileSync('ip', args, { stdio: 'ignore' });
  const inside = ['-n', name] as const;
  ip('netns', 'add', name);
  ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  ip('address', 'add', `${here}/30`, 'dev', link);
  ip('link', 'set', link, 'up');
  ip(...inside, 'link', 'set', 'lo', 'up');
  ip(...inside, 'address', 'add', `${there}/30`, 'dev', 'eth0');
  ip(...inside, 'link', 'set', 'eth0', 'up');
  ip(...inside, 'route', 'add', 'default', 'via', here);
  ip('route', 'add', range, 'via', there);
  return {
    address: there,
    enter: ['nsenter', `--net=/run/netns/${name}`],
    daemonArgs: ['--default-address-pool', `base=${range},size=28`],
    remove: () => ip('netns', 'delete', name),
  };
}

/** Each has the pid of its test in its name. */
function removeStaleSpaces(): void {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).match(/^hibana-test-\d+/gm) ?? [];
  for (const name of names.filter((space) => !existsSync(`/proc/${space.split('-').at(-1)}`))) {
    execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
  }
}

/** A daemon that is told to end leaves the network namespace of containers that had the host's. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const path of mounts.filter((mount) => mount.startsWith(`${folder}/`)).toReversed()) {
    execFileSync('umount', ['--lazy', path]);
  }
}

async function canStart(): Promise<boolean> {
  return process.getuid?.() === 0 && (await findExecutables('dockerd', process.env)).length > 0;
}

async function answers(docker: Docker): Promise<boolean> {
  return docker.ping().then(
    () => true,
    () => false,
  );
}

async function untilUp(docker: Docker, daemon: { readonly exitCode: number | null }): Promise<void> {
  for (const deadline = Date.now() + UP_WITHIN_MS; !(await answers(docker)); await pause(POLL_MS)) {
    if (daemon.exitCode !== null) throw new Error(`dockerd ended with status ${daemon.exitCode}`);
    if (Date.now() > deadline) throw new Error('dockerd does not answer');
  }
}

export interface ContainerRun {
  readonly image: string;
  readonly user: string;
  readonly command: readonly string[];
}

/** Runs a container without a network on a read-only root, and removes it: its status, and what it wrote to both streams. */
export async function runReadOnly(docker: Docker, { image, user, command }: ContainerRun) {
  const container = await docker.createContainer({
    ...{ Image: image, User: user, Cmd: [...command] },
    HostConfig: { NetworkMode: 'none', ReadonlyRootfs: true },
  });
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const out = new PassThrough();
  docker.modem.demuxStream(stream, out, out);
  stream.on('end', () => out.end());
  const said = text(out);
  await container.start();
  const { StatusCode: status }: { readonly StatusCode: number } = await container.wait();
  await container.remove();
  return { status, said: await said };
}

/** Imports the smallest image in which a shell and `tar` work: busybox, under its own name and these. */
export async function importBusybox(docker: Docker, image: string, names: readonly string[]): Promise<void> {
  const chunks: Buffer[] = [];
  const filler = new BlockFiller(new BlockPool(), async (block, bytes) => void chunks.push(block.subarray(0, bytes)));
  await writeTar(orderEntries(await busyboxRoot(names), {}), filler, testCtx());
  const [repo, tag] = image.split(':');
  const progress = await docker.importImage(Readable.from(chunks), { repo, tag });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(progress, (error: unknown) => (error ? reject(error) : resolve())),
  );
}
