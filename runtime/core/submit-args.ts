import { join } from 'node:path';
import type { Layout } from './app.ts';
import type { Cluster } from './cluster.ts';
import { clusterProperties } from './cluster-properties.ts';
import { moduleOptions, temporaryFileOptions, trustStoreOptions } from './java-options.ts';
import { driverJvmOptions, executorClassPath, executorJvmOptions } from './job-jvms.ts';
import type { LaunchRequest } from './launch-env.ts';
import { log4jOptions } from './log4j.ts';
import type { Properties } from './properties.ts';
import { sparkMemoryBytes } from './quantity.ts';
import { sparkSeriesOf } from './spark-versions.ts';

export interface DriverPorts {
  readonly rpc: number;
  readonly blockManager: number;
  readonly ui: number;
}

/** Where the driver runs and where its files go. */
export interface DriverPlace {
  /** The address at which executors reach it, and the one on which it listens; `null`: that of the machine's name, which Spark finds by itself. */
  readonly address: { readonly host: string; readonly bind: string } | null;
  readonly ports: DriverPorts;
  readonly temporary: string;
  /** Where executors put temporary files; `null` leaves it to the machines they are on. */
  readonly executorTemporary: string | null;
  readonly eventLog: string;
  /** The properties file that `submitCommand` refers to. */
  readonly propertiesFile: string;
  readonly log4jFile: string;
  /** From which executors take their logging; `null` leaves it to Spark. */
  readonly executorLog4jFile: string | null;
  /** `spark-conf/` of the application: `null` when it has none. */
  readonly sparkConf: string | null;
}

export interface SubmitInput {
  readonly request: LaunchRequest;
  readonly cluster: Cluster;
  readonly place: DriverPlace;
  /** `spark-defaults.conf` of `spark-conf/`. */
  readonly sparkDefaults: Properties;
}

const SUBMIT_CLASS = 'org.apache.spark.deploy.SparkSubmit';
const DEFAULT_DRIVER_MEMORY = '1g';

/** All properties of the job, each source over the one before: our defaults, `spark-conf/`, hibana.yaml, the run's own, and
 *  what makes the job run on its cluster. Java options of ours and of the user are joined. */
export function submitProperties(input: SubmitInput): Properties {
  const { request, cluster, place, sparkDefaults } = input;
  const asked = askedProperties(request, sparkDefaults);
  const ours = defaults(input, asked);
  // Executors on other machines find none of our files.
  const store = request.cluster.kind === 'url' ? null : request.layout.trustStore;
  const own = splitJavaOptions(asked[EXECUTOR_OPTIONS] ?? '');
  const paths = [...trustStoreOptions(store, own), ...log4jOptions(place.executorLog4jFile, own)];
  const start = executorJvmOptions(request.cluster, request.layout, asked);
  const executorOptions = [...start, ours[EXECUTOR_OPTIONS], ...paths, asked[EXECUTOR_OPTIONS]].filter(
    (text) => text !== undefined,
  );
  const classPath = [asked[EXECUTOR_CLASS_PATH], executorClassPath(request.cluster, request.layout)].filter(
    (path) => path != null && path !== '',
  );
  return {
    ...ours,
    ...withJarsOfPackages({ ...listProperties(request), ...asked }, request.layout),
    ...executorEnvironment(request),
    [EXECUTOR_OPTIONS]: executorOptions.join(' '),
    ...(classPath.length === 0 ? {} : { [EXECUTOR_CLASS_PATH]: classPath.join(':') }),
    'spark.master': cluster.master,
    'spark.submit.deployMode': 'client',
    ...(cluster.secret === null ? {} : AUTHENTICATION),
  };
}

/** What the user has said of the job: `spark-conf/`, hibana.yaml over it, and the run's own over both. */
export function askedProperties({ app, submit }: LaunchRequest, sparkDefaults: Properties): Properties {
  return { ...sparkDefaults, ...app.conf, ...submit.conf };
}

/** The driver as one `java` process, as `spark-submit` would make it after its launcher JVM. */
export function submitArguments(input: SubmitInput, properties: Properties): readonly string[] {
  const { request, place } = input;
  const { layout, app } = request;
  // The application's configuration goes last, where it shadows nothing either: Spark's jars have no file of such a name, and an archive
  // of classes needs Spark's own path in front.
  const classPath = [
    properties['spark.driver.extraClassPath'],
    layout.classPath,
    place.sparkConf,
    ...layout.classPathJars,
  ];
  const libraryPath = properties['spark.driver.extraLibraryPath'];
  const own = DRIVER_OPTIONS.flatMap((key) => splitJavaOptions(properties[key] ?? ''));
  const memory = properties['spark.driver.memory'] ?? DEFAULT_DRIVER_MEMORY;
  return [
    `-Xmx${memory}`,
    ...driverJvmOptions(request, sparkMemoryBytes(memory), own),
    ...moduleOptions(layout),
    ...temporaryFileOptions(place.temporary),
    `-Dderby.system.home=${place.temporary}`,
    ...log4jOptions(place.log4jFile, own),
    ...(libraryPath === undefined ? [] : [`-Djava.library.path=${libraryPath}`]),
    ...trustStoreOptions(layout.trustStore, own),
    ...own,
    ...['-cp', classPath.filter((entry) => entry != null).join(':'), SUBMIT_CLASS],
    ...['--properties-file', place.propertiesFile],
    ...(app.mainClass === null ? [] : ['--class', app.mainClass]),
    join(layout.app, app.entry),
    ...app.args,
    ...request.submit.args,
  ];
}

/** What the driver finds in its environment beside the base that the platform gives (PATH, HOME, the run's marker). */
export function driverEnvironment(
  input: SubmitInput,
  secretFiles: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { request, cluster, place } = input;
  const { layout, app } = request;
  const executor = executorPython(request);
  const python = layout.python === null ? {} : { PYSPARK_PYTHON: executor.file, PYSPARK_DRIVER_PYTHON: layout.python };
  const secrets = Object.fromEntries(Object.entries(secretFiles).map(([name, file]) => [`${name}_FILE`, file]));
  return {
    ...python,
    PYTHONHASHSEED: '0',
    TMPDIR: place.temporary,
    ...app.env,
    ...request.submit.env,
    ...secrets,
    PYTHONPATH: pythonPath(layout, { ...app.env, ...request.submit.env }.PYTHONPATH),
    SPARK_HOME: layout.spark,
    SPARK_SCALA_VERSION: sparkSeriesOf(app.spark).scala,
    JAVA_HOME: layout.java,
    ...(place.address === null ? {} : { SPARK_LOCAL_IP: place.address.host }),
    SPARK_LOCAL_DIRS: place.temporary,
    ...(place.sparkConf === null ? {} : { SPARK_CONF_DIR: place.sparkConf }),
    // The ancestor gave its applications the master under this name.
    OSHINKO_SPARK_MASTER: cluster.master,
    ...(app.port === null ? {} : { PORT: request.submit.env.PORT ?? app.env.PORT ?? String(app.port) }),
    ...(cluster.secret === null ? {} : { _SPARK_AUTH_SECRET: cluster.secret }),
  };
}

const DRIVER_OPTIONS = ['spark.driver.defaultJavaOptions', 'spark.driver.extraJavaOptions'];
/** The same for a client of Spark Connect: no JVM, no ports, and its session named in the environment. */
export function connectEnvironment(
  { request, cluster, temporary }: Pick<SubmitInput, 'request' | 'cluster'> & { readonly temporary: string },
  secretFiles: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { layout, app, submit } = request;
  const own = { ...app.env, ...submit.env };
  const secrets = Object.fromEntries(Object.entries(secretFiles).map(([name, file]) => [`${name}_FILE`, file]));
  return {
    PYTHONHASHSEED: '0',
    // What it prints is seen as it comes, as it is when Spark's JVM relays it.
    PYTHONUNBUFFERED: '1',
    TMPDIR: temporary,
    ...own,
    ...secrets,
    PYTHONPATH: pythonPath(layout, own.PYTHONPATH),
    SPARK_HOME: layout.spark,
    SPARK_REMOTE: cluster.master,
    ...(app.port === null ? {} : { PORT: own.PORT ?? String(app.port) }),
  };
}

const EXECUTOR_OPTIONS = 'spark.executor.extraJavaOptions';
const EXECUTOR_CLASS_PATH = 'spark.executor.extraClassPath';
/** The driver insists on a property, and prefers the one in its environment. Source: by trial with 4.2 and 4.3. */
const AUTHENTICATION: Properties = { 'spark.authenticate': 'true', 'spark.authenticate.secret': 'in-the-environment' };

function defaults({ request, place }: SubmitInput, asked: Properties): Properties {
  return {
    ...(place.address === null
      ? {}
      : { 'spark.driver.host': place.address.host, 'spark.driver.bindAddress': place.address.bind }),
    'spark.driver.port': String(place.ports.rpc),
    'spark.driver.blockManager.port': String(place.ports.blockManager),
    'spark.ui.port': String(place.ports.ui),
    'spark.ui.showConsoleProgress': 'false',
    ...clusterProperties(request.cluster, asked),
    [EXECUTOR_OPTIONS]: temporaryFileOptions(place.executorTemporary).join(' '),
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': `file:${place.eventLog}`,
    'spark.sql.warehouse.dir': `file:${join(place.temporary, 'warehouse')}`,
    'spark.sql.artifact.dir': join(place.temporary, 'artifacts'),
    'spark.jars.ivy': join(place.temporary, 'ivy'),
    'spark.log.structuredLogging.enabled': 'false',
  };
}

function listProperties({ app, submit }: LaunchRequest): Properties {
  const lists: Readonly<Record<string, readonly string[]>> = {
    'spark.jars': [...app.jars, ...submit.jars],
    'spark.submit.pyFiles': submit.pyFiles,
    'spark.files': submit.files,
    'spark.archives': submit.archives,
  };
  return Object.fromEntries(
    Object.entries(lists).flatMap(([key, values]) => (values.length > 0 ? [[key, values.join(',')]] : [])),
  );
}

/** Packages are resolved before the launch: their jars are jars like others, and Spark is not asked to resolve them again.
 *  As spark-submit does, Python code in them goes on Python's path. */
function withJarsOfPackages(properties: Properties, { jars, pythonJars }: Layout): Properties {
  const lists = { 'spark.jars': jars, 'spark.submit.pyFiles': pythonJars };
  const kept = Object.entries(properties).filter(([key]) => !RESOLVED_PROPERTIES.includes(key));
  const added = Object.entries(lists).flatMap(([key, paths]) => {
    const all = [properties[key] ?? '', ...paths].filter((text) => text !== '');
    return all.length === 0 ? [] : [[key, all.join(',')] as const];
  });
  return Object.fromEntries([...kept, ...added]);
}

const RESOLVED_PROPERTIES = [
  'spark.jars.packages',
  'spark.jars.repositories',
  'spark.jars.excludes',
  'spark.jars.ivySettings',
];

/** Executors inherit the worker's environment; this is what the job adds. Spark's web page shows it: secrets are files. */
function executorEnvironment(request: LaunchRequest): Properties {
  const { submit } = request;
  const variables = {
    ...submit.executorEnv,
    PYTHONPATH: pythonPath(executorPython(request), submit.executorEnv.PYTHONPATH),
  };
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`spark.executorEnv.${name}`, value]));
}

/** The executors' Python: the driver's own, unless they are on machines where its paths mean nothing. */
function executorPython({ cluster, layout }: LaunchRequest): {
  readonly file: string;
  readonly pythonPath: readonly string[];
} {
  const file = layout.python ?? '';
  if (cluster.kind !== 'url') return { file, pythonPath: layout.pythonPath };
  return { file: cluster.python ?? file, pythonPath: cluster.pythonPath };
}

function pythonPath({ pythonPath: ours }: Pick<Layout, 'pythonPath'>, own: string | undefined): string {
  return [...ours, ...(own === undefined || own === '' ? [] : [own])].join(':');
}

/** Java options are one string in Spark's properties: split at spaces, quotes keep what is inside together. */
export function splitJavaOptions(text: string): readonly string[] {
  const words = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
}
