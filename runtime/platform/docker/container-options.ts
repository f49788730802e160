import type Docker from 'dockerode';
import { HARMLESS, MEMBER_FOLDER, WORK } from '../container/work.ts';
import type { ContainerUser } from './container-image.ts';

/** One container of a run or a cluster, in our words. */
export interface ContainerRequest {
  readonly name: string;
  /** Of the image. */
  readonly image: string;
  readonly user: ContainerUser;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  readonly memoryBytes: number;
  /** `null`: no bound but the machine's. */
  readonly millicores: number | null;
  /** Hides the folder of the launcher in the image behind that of hibana's own image. `null`: nobody guards it. */
  readonly memberVolume: string | null;
  /** The working directory; default the folder for files. */
  readonly folder?: string;
  /** Default none. */
  readonly publish?: readonly PublishedPort[];
}

export interface PublishedPort {
  /** The address of this machine; loopback unless somebody asks for more. */
  readonly address: string;
  readonly port: number;
}

const TEMPORARY = 'rw,noexec,nosuid,nodev,size=64m,mode=1777';
const NANOCPUS_PER_MILLICORE = 1_000_000;
/** More than any Spark starts, fewer than a fork bomb. */
const PROCESSES = 4_096;
/** What a container writes is also in files of the run: the daemon keeps the end of it. */
const LOG = { Type: 'json-file', Config: { 'max-size': '16m', 'max-file': '2' } };

/** A container that may do as little as Spark can do with: no capabilities, a read-only root, no more memory and processors than it was given, no root user.
 *  Its environment is the image's, with ours over it. */
export function containerOptions(request: ContainerRequest): Docker.ContainerCreateOptions {
  const { user, command, env, labels, network, memoryBytes, millicores, memberVolume, publish = [] } = request;
  const ports = publish.map((published) => [`${published.port}/tcp`, published] as const);
  return {
    Image: request.image,
    User: `${user.uid}:${user.gid}`,
    Entrypoint: [...command.slice(0, 1)],
    Cmd: [...command.slice(1)],
    Env: Object.entries({ ...HARMLESS, ...env }).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels },
    WorkingDir: request.folder ?? WORK,
    ExposedPorts: Object.fromEntries(ports.map(([port]) => [port, {}])),
    HostConfig: {
      NetworkMode: network,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      ...(millicores === null ? {} : { NanoCpus: millicores * NANOCPUS_PER_MILLICORE }),
      PidsLimit: PROCESSES,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Tmpfs: { '/tmp': TEMPORARY },
      Mounts: [
        { Type: 'volume', Source: '', Target: WORK, VolumeOptions: volumeOptions(labels) },
        ...(memberVolume === null
          ? []
          : [{ Type: 'volume', Source: memberVolume, Target: MEMBER_FOLDER, ReadOnly: true } as const]),
      ],
      LogConfig: LOG,
      PortBindings: Object.fromEntries(
        ports.map(([name, { address, port }]) => [name, [{ HostIp: address, HostPort: String(port) }]]),
      ),
    },
  };
}

/** A volume without a name of its own is found by these, whoever deletes its container. */
function volumeOptions(labels: Readonly<Record<string, string>>): NonNullable<Docker.MountSettings['VolumeOptions']> {
  return { NoCopy: true, Labels: { ...labels }, DriverConfig: { Name: 'local', Options: {} } };
}
