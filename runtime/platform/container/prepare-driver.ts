import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../core/cluster.ts';
import { ToolError } from '../../core/errors.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { driverLog4j } from '../../core/log4j.ts';
import { formatProperties, type Properties } from '../../core/properties.ts';
import {
  connectEnvironment,
  type DriverPlace,
  driverEnvironment,
  submitArguments,
  submitProperties,
} from '../../core/submit-args.ts';
import { REFUSAL_FILTER } from '../local/prepare-driver.ts';
import { DEFAULT_HEAP, DRIVER_MEMORY, driverBytes } from './driver-memory.ts';
import { type ContainerFile, WORK, WORK_FOLDERS } from './work.ts';

/** Spark's own configuration in the application of an image. */
export interface ImageSparkConf {
  /** `null`: there is none. */
  readonly folder: string | null;
  readonly defaults: Properties;
  readonly hasLog4j: boolean;
}

export interface ContainerCommand {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it finds in its folder. */
  readonly files: readonly ContainerFile[];
  readonly memoryBytes: number;
}

/** Alone at its address. */
export const DRIVER_PORTS = { rpc: 7078, blockManager: 7079, ui: 4040 } as const;

/** Where it leaves what is kept of it. */
export const DRIVER_LOGS = `${WORK}/logs`;
export const EVENT_LOG = `${WORK}/eventlog`;
const SECRETS = 'secrets';
const PROPERTIES_FILE = 'driver.conf';
const LOG4J_FILE = 'log4j2.properties';

export interface DriverInput {
  readonly request: LaunchRequest;
  readonly cluster: Cluster;
  readonly sparkConf: ImageSparkConf;
  /** Where the driver is in the network of the machine; `null`: at the address of its container. */
  readonly address: DriverPlace['address'];
}

/** All that a driver's container is made of beside its image. The secret of the cluster is in its environment.
 *  @throws {ToolError} FILE_UNREADABLE for a secret, USAGE for a jar on Spark Connect */
export async function prepareDriver({ request, cluster, sparkConf, address }: DriverInput): Promise<ContainerCommand> {
  const { submit, layout, app } = request;
  const secrets = await readSecrets(submit.secrets);
  const secretFiles = Object.fromEntries(
    Object.keys(submit.secrets).map((name) => [name, `${WORK}/${SECRETS}/${name}`]),
  );
  const folders = [SECRETS, 'logs', 'eventlog'].map((path) => ({ path, mode: 0o700, content: null }));
  if (request.cluster.kind === 'connect') {
    if (layout.python === null) throw new ToolError('USAGE', 'Cannot run a jar on Spark Connect: it is for Python');
    return {
      command: [layout.python, join(layout.app, app.entry), ...app.args, ...submit.args],
      env: {
        ...baseFor(app),
        ...connectEnvironment({ request, cluster, temporary: WORK_FOLDERS.temporary }, secretFiles),
      },
      files: [...folders, ...secrets],
      memoryBytes: driverBytes(DEFAULT_HEAP),
    };
  }
  const place: DriverPlace = {
    ...{ address, ports: DRIVER_PORTS, temporary: WORK_FOLDERS.temporary, eventLog: EVENT_LOG },
    executorTemporary: request.cluster.kind === 'url' ? null : WORK_FOLDERS.temporary,
    propertiesFile: `${WORK}/${PROPERTIES_FILE}`,
    executorLog4jFile: null,
    log4jFile: sparkConf.hasLog4j ? join(sparkConf.folder ?? '', LOG4J_FILE) : `${WORK}/${LOG4J_FILE}`,
    sparkConf: sparkConf.folder,
  };
  const input = { request, cluster, place, sparkDefaults: sparkConf.defaults };
  const properties = submitProperties(input);
  const isAttached = request.cluster.kind === 'attach' || request.cluster.kind === 'url';
  const log4j = driverLog4j(DRIVER_LOGS, isAttached ? REFUSAL_FILTER : {});
  return {
    command: [join(layout.java, 'bin', 'java'), ...submitArguments(input, properties)],
    env: { ...baseFor(app), ...driverEnvironment(input, secretFiles) },
    files: [...folders, ...secrets, file(PROPERTIES_FILE, formatProperties(properties)), file(LOG4J_FILE, log4j)],
    memoryBytes: driverBytes(properties[DRIVER_MEMORY] ?? DEFAULT_HEAP),
  };
}

/** What is published of a container comes in at its address, and not at the loopback of whoever listens there. */
function baseFor({ port }: LaunchRequest['app']): Readonly<Record<string, string>> {
  const base = { HOME: WORK_FOLDERS.home, PYTHONDONTWRITEBYTECODE: '1' };
  return port === null ? base : { ...base, HOST: '0.0.0.0' };
}

function file(path: string, text: string): ContainerFile {
  return { path, mode: 0o600, content: Buffer.from(text) };
}

function readSecrets(secrets: Readonly<Record<string, string>>): Promise<readonly ContainerFile[]> {
  return Promise.all(
    Object.entries(secrets).map(async ([name, path]) => {
      const content = await readFile(path).catch((cause: unknown) => {
        throw new ToolError('FILE_UNREADABLE', `Cannot read the secret "${name}" from "${path}"`, { cause });
      });
      return { path: `${SECRETS}/${name}`, mode: 0o400, content };
    }),
  );
}
