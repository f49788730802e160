import { chmod, copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { driverLog4j } from '../../core/log4j.ts';
import { formatProperties, type Properties } from '../../core/properties.ts';
import {
  askedProperties,
  type DriverPlace,
  driverEnvironment,
  submitArguments,
  submitProperties,
} from '../../core/submit-args.ts';
import { addressTowards, hostsOf, isLoopback } from '../attach/find-master.ts';
import { readSparkConf } from '../spark-conf.ts';
import { clusterFolder } from './cluster-folder.ts';
import { type Command, LOOPBACK } from './member-command.ts';
import { chooseFreePorts } from './ports.ts';

export interface DriverFolders {
  readonly leaseDirectory: string;
  readonly stateFolder: string;
  /** PATH, HOME and the like, and the run's marker. */
  readonly env: Readonly<Record<string, string>>;
}

export interface DriverCommand extends Command {
  /** What Spark's JVM runs the user's code with; `null` where that is no Python, or properties of the user's choose another. */
  readonly python: string | null;
  /** Where its executors call it, as they are told; `null` where that is not known before it runs. */
  readonly url: string | null;
}

/** Writes the files that the driver reads, and gives the command that starts it. */
export async function prepareDriver(
  request: LaunchRequest,
  cluster: Cluster,
  options: DriverFolders,
  ctx: Ctx,
): Promise<DriverCommand> {
  const { layout } = request;
  const scratch = join(options.leaseDirectory, LeaseFile.scratch);
  const [rpc = 0, blockManager = 0, ui = 0] = await chooseFreePorts(3);
  const temporary = join(scratch, 'tmp');
  const { folder: sparkConf, defaults: sparkDefaults } = await readSparkConf(layout.app);
  const ownLog4j = sparkConf === null ? null : await findFile(join(sparkConf, 'log4j2.properties'));
  const place: DriverPlace = {
    address: await addressesOf(request, askedProperties(request, sparkDefaults), ctx),
    ports: { rpc, blockManager, ui },
    temporary,
    executorTemporary: executorTemporary(request, temporary, options.stateFolder),
    eventLog: join(options.leaseDirectory, LeaseFile.eventLog),
    propertiesFile: join(scratch, 'driver.conf'),
    log4jFile: ownLog4j ?? join(scratch, 'log4j2.properties'),
    executorLog4jFile: executorLog4jFile(request, options.stateFolder),
    sparkConf,
  };
  for (const folder of [place.temporary, place.eventLog, join(options.leaseDirectory, LeaseFile.logs)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const secretFiles = await copySecrets(request.submit.secrets, join(scratch, 'secrets'));
  const input = { request, cluster, place, sparkDefaults };
  const properties = submitProperties(input);
  await writeFile(place.propertiesFile, formatProperties(properties), { mode: 0o600 });
  if (ownLog4j === null) {
    const logs = join(options.leaseDirectory, LeaseFile.logs);
    await writeFile(place.log4jFile, driverLog4j(logs, isAttached(request) ? REFUSAL_FILTER : {}));
  }
  const hasOwnPython = PYTHON_PROPERTIES.some((key) => properties[key] !== undefined);
  return {
    python: hasOwnPython || !request.app.entry.endsWith('.py') ? null : layout.python,
    file: join(layout.java, 'bin', 'java'),
    url: driverUrl(properties, place),
    args: submitArguments(input, properties),
    env: { ...options.env, ...driverEnvironment(input, secretFiles) },
  };
}

/** A port that we chose was free a moment ago; where the job asked for another, Spark takes the next one while somebody else has it.
 *  Source: Spark's StandaloneSchedulerBackend. */
function driverUrl(properties: Properties, { ports }: DriverPlace): string | null {
  const { 'spark.driver.host': host, 'spark.driver.port': port } = properties;
  return port === String(ports.rpc) ? `spark://CoarseGrainedScheduler@${host}:${port}` : null;
}

async function findFile(path: string): Promise<string | null> {
  return (await stat(path).catch(() => undefined))?.isFile() === true ? path : null;
}

/** Spark prefers them to the environment. */
const PYTHON_PROPERTIES = ['spark.pyspark.driver.python', 'spark.pyspark.python'];

/** Executors on this machine reach the driver by loopback; others by the address from which their master is reached. Where somebody names
 *  another (a service, a gateway) the driver listens on all. */
async function addressesOf({ cluster }: LaunchRequest, asked: Properties, ctx: Ctx): Promise<DriverPlace['address']> {
  const isHere = cluster.kind !== 'url' || hostsOf(cluster.master).every((master) => isLoopback(master.host));
  const host = isHere ? LOOPBACK : await addressTowards(cluster.master, ctx);
  const isNamed = cluster.kind === 'url' && asked['spark.driver.host'] !== undefined;
  return { host, bind: isNamed ? EVERY_ADDRESS : host };
}

const EVERY_ADDRESS = '0.0.0.0';

/** An own cluster's executors end before the run's folder goes; a shared one's may outlive it by a moment; other machines have their own. */
function executorTemporary({ cluster }: LaunchRequest, own: string, stateFolder: string): string | null {
  if (cluster.kind === 'url') return null;
  return cluster.kind === 'attach' ? clusterFolder(stateFolder, cluster.name).temporary : own;
}

/** Those of an own cluster find the file of its members; what another's find nobody knows. */
function executorLog4jFile({ cluster }: LaunchRequest, stateFolder: string): string | null {
  return cluster.kind === 'ephemeral' ? clusterFolder(stateFolder, cluster.spec.name).log4j : null;
}

export async function copySecrets(
  secrets: Readonly<Record<string, string>>,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const copies: Record<string, string> = {};
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, file] of Object.entries(secrets)) {
    const copy = join(folder, name);
    // Of a driver before this one: nobody may write to it.
    await rm(copy, { force: true });
    await copyFile(file, copy).catch((cause: unknown) => {
      throw new ToolError('FILE_UNREADABLE', `Cannot read the secret "${name}" from "${file}"`, { cause });
    });
    await chmod(copy, 0o400);
    copies[name] = copy;
  }
  return copies;
}

function isAttached({ cluster }: LaunchRequest): boolean {
  return cluster.kind === 'attach' || cluster.kind === 'url';
}

/** A master that will not have the driver, in Spark's words: a page of stack traces for what we say in a line. They are in the file. */
export const REFUSAL_FILTER: Properties = {
  'appender.console.filter.refusal.type': 'RegexFilter',
  'appender.console.filter.refusal.regex': '(Failed to connect to master|Exception while bootstrapping client) .*',
  'appender.console.filter.refusal.onMatch': 'DENY',
  'appender.console.filter.refusal.onMismatch': 'NEUTRAL',
};
