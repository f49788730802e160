import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import { type Outcome, parseOutcome } from '../../runtime/core/lease-directory.ts';
import { type CliEnd, type CliProcess, type Home, makeHome, runCli, startCli } from './cli.ts';
import { type DockerDaemon, startDocker } from './docker.ts';
import { gitBase } from './git-base.ts';
import { loadStandIn, type StandIn } from './stand-in-image.ts';

export interface DockerWorkshop extends AsyncDisposable {
  readonly docker: Docker;
  readonly home: Home;
  /** The daemon, and hibana's own image. */
  readonly env: Readonly<Record<string, string>>;
  /** Loads the image of an application whose Java is a stand-in: its id. */
  readonly load: (standIn: StandIn) => Promise<string>;
  readonly run: (...args: readonly string[]) => Promise<CliEnd>;
  /** `run IMAGE --platform docker …` */
  readonly start: (image: string, args: readonly string[]) => CliProcess;
  /** The first container of this role that there is. */
  readonly container: (role: string) => Promise<Docker.Container>;
  /** Of the run that ended last. */
  readonly outcome: () => Promise<Outcome>;
  /** See DockerDaemon. */
  readonly restart: DockerDaemon['restart'];
  readonly address: DockerDaemon['address'];
  readonly pid: DockerDaemon['pid'];
  /** Every container, network and volume of the daemon. */
  readonly left: () => Promise<readonly string[]>;
  /** Waits until there is none, and gives what is left all the same. */
  readonly leftAfter: (withinMs: number) => Promise<readonly string[]>;
}

const POLL_MS = 250;

/** A daemon of its own with hibana's own image, and a home. */
export async function openDockerWorkshop(): Promise<DockerWorkshop> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-docker-workshop-'));
  const [home, daemon]: [Home, DockerDaemon] = await Promise.all([makeHome(), startDocker({ networks: true })]);
  const { docker, restart, address, pid } = daemon;
  const env = { DOCKER_HOST: daemon.host, HIBANA_LAUNCHER_IMAGE: 'localhost/hibana:test' };
  const run = (...args: readonly string[]): Promise<CliEnd> => runCli(args, home, { env });
  const dispose = async (): Promise<void> => {
    await daemon[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  const left = async (): Promise<readonly string[]> => {
    const networks = await docker.listNetworks({ filters: { driver: ['bridge'] } });
    return [
      ...(await docker.listContainers({ all: true })).map(({ Names }) => Names[0] ?? ''),
      ...networks.map(({ Name }) => Name).filter((name) => name !== 'bridge'),
      ...((await docker.listVolumes()).Volumes ?? []).map(({ Name }) => Name),
    ];
  };
  try {
    await gitBase(join(folder, 'base'));
    const base = ['--base', `oci:${folder}/base:git`];
    const end = await run('builder', 'build', 'hibana', ...base, '--load', '--image', env.HIBANA_LAUNCHER_IMAGE);
    if (end.status !== 0) throw new Error(end.stderr);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    ...{ docker, restart, address, pid, home, env, run, left, [Symbol.asyncDispose]: dispose },
    load: async (standIn) => (await docker.getImage(await loadStandIn(docker, standIn)).inspect()).Id,
    start: (image, args) => startCli(['run', image, '--platform', 'docker', ...args], home, { env }),
    container: async (role) => {
      const [found] = await docker.listContainers({ all: true, filters: { label: [`hibana.dev/role=${role}`] } });
      if (found === undefined) throw new Error(`there is no ${role}`);
      return docker.getContainer(found.Id);
    },
    outcome: async () => {
      const folder = join(home.stateFolder, 'runs');
      const files = (await readdir(folder)).map((run) => readFile(join(folder, run, 'outcome.json'), 'utf8'));
      const [last] = (await Promise.all(files))
        .map(parseOutcome)
        .toSorted((one, other) => other.finishedAt.localeCompare(one.finishedAt));
      if (last === undefined) throw new Error('no run has ended');
      return last;
    },
    leftAfter: async (withinMs) => {
      const deadline = Date.now() + withinMs;
      while ((await left()).length > 0 && Date.now() < deadline) await pause(POLL_MS);
      return left();
    },
  };
}
