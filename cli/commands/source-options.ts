import type { OptionTable, PositionalTable } from '../command-line/options.ts';

/** `<source>`, and what says how it is fetched and read: the same for every command that takes a source. */
export const SOURCE_POSITIONAL = {
  source: {
    summary: 'A git URL (with #ref), a directory, or the name of a template application (also template:NAME)',
    required: true,
    completes: 'template',
  },
} as const satisfies PositionalTable;

export const SOURCE_OPTIONS = {
  'context-dir': { type: 'value', value: 'DIR', summary: "The application's folder, relative to the source" },
  'allow-http': { type: 'flag', summary: 'Accept git over plain http from other hosts than this one' },
  submodules: { type: 'flag', summary: 'Fetch git submodules too (same host only)' },
  lfs: { type: 'flag', summary: 'Fetch the files that git LFS keeps' },
  'git-token-file': {
    type: 'list',
    value: '[HOST=]FILE',
    summary: "A file with a token for git over https; for the source's own host when none is named",
  },
  'git-username': { type: 'value', value: 'NAME', summary: 'The user that goes with the token (default git)' },
  'git-ssh-key': { type: 'value', value: 'FILE', summary: 'A private key for git over ssh' },
  'git-known-hosts': { type: 'value', value: 'FILE', summary: 'The ssh host keys to trust' },
  'ca-file': { type: 'value', value: 'FILE', summary: 'Certificate authorities (PEM) for everything that is fetched' },
  'source-timeout': { type: 'value', value: 'TIME', summary: 'For git in all: 90s, 10m (default 10m)' },
} as const satisfies OptionTable;

/** What says which application it is and what it needs: the flags of `plan` and of everything that runs. */
export const APPLICATION_OPTIONS = {
  'app-file': { type: 'value', value: 'FILE', summary: 'The file to run, relative to the source' },
  'main-class': { type: 'value', value: 'CLASS', summary: 'The class to run, where the file is a jar' },
  name: { type: 'value', value: 'NAME', summary: "The application's name (default from the source)" },
  kind: { type: 'value', value: 'KIND', summary: 'job ends, service stays up', choices: ['job', 'service'] },
  app: { type: 'value', value: 'NAME', summary: 'One of the applications in hibana.yaml' },
  config: { type: 'value', value: 'NAME', summary: 'One of the configurations in hibana.yaml' },
  cluster: {
    type: 'value',
    value: 'CLUSTER',
    summary: 'Instead of a cluster of its own: the name of a shared one, spark://HOST:PORT, sc://HOST:PORT, or local',
    completes: 'cluster',
  },
  'cluster-ui': { type: 'value', value: 'URL', summary: 'The web page of the master in --cluster spark://…' },
  'cluster-secret-file': {
    type: 'value',
    value: 'FILE',
    summary: 'The secret (spark.authenticate) of the master in --cluster spark://…',
  },
  'driver-host': {
    type: 'value',
    value: 'HOST',
    summary: 'The address at which executors reach the driver (default the one that reaches the master)',
  },
  workers: { type: 'value', value: 'N', summary: 'Workers of the cluster (default 2)' },
  'worker-cores': { type: 'value', value: 'N', summary: 'Cores of each worker (default 1)' },
  'worker-memory': { type: 'value', value: 'SIZE', summary: 'All that each worker may use: 2g (default 1g)' },
  spark: {
    type: 'value',
    value: 'VERSION',
    summary: 'The version of Spark: 4.2, 4.2.1 (default by the requirements, else 4.2)',
  },
  python: { type: 'value', value: 'PYTHON', summary: 'A version (3.12) or an interpreter' },
  java: { type: 'value', value: 'DIR', summary: 'A JAVA_HOME (default one that fits, else one is fetched)' },
  'index-url': { type: 'value', value: 'URL', summary: 'The Python package index' },
  'index-token-file': {
    type: 'list',
    value: '[HOST=]FILE',
    summary: "A file with a token for a package index; for the index's own host when none is named",
  },
  'index-username': { type: 'value', value: 'NAME', summary: 'The user that goes with the token (default __token__)' },
  'resolve-at': {
    type: 'value',
    value: 'TIME',
    summary: 'As of when open requirements are resolved: commit, now, or a day such as 2024-03-01 (default commit)',
  },
  upgrade: { type: 'flag', summary: 'Forget what open requirements were resolved to, and resolve them as of now' },
  port: { type: 'value', value: 'PORT', summary: 'The port a service listens on, given to it as PORT' },
  conf: { type: 'list', value: 'KEY=VALUE', summary: 'A Spark property' },
  packages: { type: 'list', value: 'COORDINATES', summary: 'Maven packages: group:artifact:version' },
  'exclude-packages': {
    type: 'list',
    value: 'GROUP:ARTIFACT',
    summary: 'Maven packages to leave out of what the others need',
  },
  repositories: { type: 'list', value: 'URL', summary: 'Further Maven repositories' },
  extra: {
    type: 'list',
    value: 'NAME',
    summary: 'Add to the job: s3 (s3a:// paths; endpoint and credentials by the AWS_ variables)',
  },
  jars: { type: 'list', value: 'FILE', summary: 'Jars for driver and executors, relative to the source' },
  'py-files': {
    type: 'list',
    value: 'FILE',
    summary: 'Python files and archives for driver and executors, relative to the source',
  },
  files: {
    type: 'list',
    value: 'FILE',
    summary: "Files for each executor's working directory, relative to the source",
  },
  env: {
    type: 'list',
    value: 'NAME[=VALUE]',
    alias: 'e',
    summary: 'A variable for the driver; NAME alone takes yours',
  },
  'env-file': { type: 'list', value: 'FILE', summary: 'Variables for the driver, a NAME=VALUE a line' },
  'executor-env': {
    type: 'list',
    value: 'NAME[=VALUE]',
    summary: 'A variable for the executors (Spark shows it on its page)',
  },
  secret: { type: 'list', value: 'NAME=FILE', summary: 'A secret: the driver finds a copy at the path in NAME_FILE' },
} as const satisfies OptionTable;

const {
  cluster,
  'cluster-ui': clusterUi,
  'cluster-secret-file': clusterSecretFile,
  'driver-host': driverHost,
  workers,
  'worker-cores': workerCores,
  'worker-memory': workerMemory,
  secret,
  ...imageOptions
} = APPLICATION_OPTIONS;

/** What of this an image is made of: all but the cluster, and what a run is told in confidence. */
export const IMAGE_APPLICATION_OPTIONS = imageOptions;

/** The rest: a run's own. */
export const CLUSTER_OPTIONS = {
  cluster,
  'cluster-ui': clusterUi,
  'cluster-secret-file': clusterSecretFile,
  'driver-host': driverHost,
  workers,
  'worker-cores': workerCores,
  'worker-memory': workerMemory,
  secret,
} as const satisfies OptionTable;

export const RUN_OPTIONS = {
  timeout: { type: 'value', value: 'TIME', summary: 'For the whole run: 90s, 30m (default none); status 124 after it' },
  'cluster-timeout': { type: 'value', value: 'TIME', summary: 'For the cluster to come up (default 120s)' },
} as const satisfies OptionTable;

/** What decides how a revision takes the place of the one before. */
export const DEPLOYMENT_OPTIONS = {
  'health-path': {
    type: 'value',
    value: 'PATH',
    summary: 'The path that answers when a service is well: /healthz (default a connection to its port)',
  },
  'health-timeout': {
    type: 'value',
    value: 'TIME',
    summary: 'How long a service may take to become well: 90s, 5m (default 120s)',
  },
  'on-redeploy': {
    type: 'value',
    value: 'POLICY',
    summary: 'While a job runs: wait for its end, replace it, or run in parallel (default wait)',
    choices: ['wait', 'replace', 'parallel'],
  },
  schedule: { type: 'value', value: 'CRON', summary: 'When a job starts by itself; refused: nothing can start it yet' },
} as const satisfies OptionTable;

/** What decides how an image is made, and may stand in hibana.yaml as well. */
export const BUILD_SETTINGS = {
  builder: {
    type: 'value',
    value: 'IMAGE',
    summary: 'The builder image: registry.example/hibana-python:3.12, or oci:DIR[:TAG]',
  },
  'build-env': {
    type: 'list',
    value: 'NAME[=VALUE]',
    summary: 'A variable for the build alone, which is not in the image; NAME alone takes yours',
  },
} as const satisfies OptionTable;

/** How registries are reached. */
export const REGISTRY_OPTIONS = {
  'registry-auth-file': {
    type: 'value',
    value: 'FILE',
    summary: 'Logins for registries, as docker and podman keep them',
  },
  'insecure-registry': {
    type: 'list',
    value: 'HOST[:PORT]',
    summary: 'A registry that may be plain http (those of this machine may anyway)',
  },
} as const satisfies OptionTable;

/** For a builder's own scripts, in a container. */
export const CONTRACT_OPTIONS = {
  'build-in': {
    type: 'value',
    value: 'PLACE',
    summary: "Where it is made: on this machine, or by the builder's own scripts in a container (default host)",
    choices: ['host', 'docker'],
  },
  'scripts-url': {
    type: 'value',
    value: 'URL',
    summary: 'Where assemble and run are: image:///PATH, a folder, http(s)://… (default .s2i/bin, then the builder)',
  },
  incremental: { type: 'flag', summary: 'Give assemble what save-artifacts finds in the image before' },
  inject: {
    type: 'list',
    value: 'FILE[:FOLDER]',
    summary: 'A file or folder that assemble finds in a folder of the container, and no image has',
  },
  'build-secret': {
    type: 'list',
    value: 'NAME=FILE',
    summary: 'A secret that assemble finds at /run/secrets/NAME, in memory; no image has it',
  },
  'allowed-uids': { type: 'value', value: 'RANGES', summary: 'Who may run assemble: 1-, or 1000-2000,3000' },
  'assemble-user': { type: 'value', value: 'USER', summary: 'Who runs assemble (default as the builder says)' },
  'build-network': { type: 'value', value: 'NETWORK', summary: "The container's network (default bridge)" },
  'build-memory': { type: 'value', value: 'SIZE', summary: 'All that the container may use (default no bound)' },
  'build-cores': { type: 'value', value: 'N', summary: 'Processors that the container may use (default no bound)' },
  'build-timeout': {
    type: 'value',
    value: 'TIME',
    summary: 'For assemble: 90s, 30m (default 1h); status 124 after it',
  },
} as const satisfies OptionTable;
