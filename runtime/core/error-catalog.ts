import { ExitCode } from './exit-codes.ts';

interface CatalogEntry {
  readonly exit: ExitCode;
  /** One imperative line that the reader can do. */
  readonly hint: string;
}

/** Every code a ToolError can have, with its exit status and default hint. The README's table is made from this list. */
export const ERROR_CATALOG = {
  // Usage and configuration
  USAGE: { exit: ExitCode.usage, hint: 'Run the command with --help to see what it takes' },
  CONFIG_INVALID: { exit: ExitCode.usage, hint: 'Correct hibana.yaml at the line given' },
  CONFIG_NOT_FOUND: { exit: ExitCode.usage, hint: 'Name one of the configurations that hibana.yaml has' },
  APP_UNKNOWN: { exit: ExitCode.usage, hint: 'Choose one of the applications with --app NAME' },
  QUANTITY_INVALID: { exit: ExitCode.usage, hint: 'Write memory as 512m or 2g, cores as 1, 0.5 or 500m' },
  WORKERS_INVALID: {
    exit: ExitCode.usage,
    hint: 'Ask for a number of workers in that range that this machine can hold',
  },
  WORKER_TOO_LARGE: { exit: ExitCode.usage, hint: 'Ask for less with --worker-memory' },
  DRIVER_TOO_LARGE: { exit: ExitCode.usage, hint: 'Ask for less with --conf spark.driver.memory=SIZE' },
  NAME_INVALID: { exit: ExitCode.usage, hint: 'Use lower-case letters, digits and dashes, starting with a letter' },
  FILE_UNREADABLE: { exit: ExitCode.usage, hint: 'Check that the file exists and that you may read it' },
  TARGET_EXISTS: { exit: ExitCode.usage, hint: 'Name a folder that does not exist yet, or an empty one' },
  TEMPLATE_UNKNOWN: { exit: ExitCode.usage, hint: 'Run "hibana init --list" to see the templates' },

  // Source
  SOURCE_INVALID: {
    exit: ExitCode.source,
    hint: 'Give an https:// or ssh:// git URL, a directory, or the name of a template',
  },
  SOURCE_NOT_FOUND: { exit: ExitCode.source, hint: 'Check the spelling of the directory, URL or template' },
  SOURCE_EMPTY: { exit: ExitCode.source, hint: 'Push a commit to the repository first' },
  SOURCE_UNSAFE: { exit: ExitCode.source, hint: 'Remove from the source what the message names' },
  CONTEXT_DIR_INVALID: {
    exit: ExitCode.source,
    hint: 'Give --context-dir a folder inside the source, relative to its root',
  },
  GIT_MISSING: { exit: ExitCode.source, hint: 'Install git 2.25 or newer' },
  GIT_HOST_UNKNOWN: { exit: ExitCode.source, hint: 'Check the host name in the URL, and the network' },
  GIT_UNREACHABLE: { exit: ExitCode.source, hint: 'Check the URL and the network, then try again' },
  GIT_TLS: { exit: ExitCode.source, hint: 'Name the certificate authority of the server with --ca-file' },
  GIT_AUTH: { exit: ExitCode.source, hint: 'Give credentials with --git-token-file, or a key with --git-ssh-key' },
  GIT_NOT_FOUND: { exit: ExitCode.source, hint: 'Check the path of the repository, and whether it needs credentials' },
  GIT_REF_NOT_FOUND: { exit: ExitCode.source, hint: 'Name a branch, tag or commit that the repository has' },
  GIT_TIMEOUT: { exit: ExitCode.source, hint: 'Check the server, or allow more time with --source-timeout' },
  SOURCE_CHANGED: { exit: ExitCode.source, hint: 'Run it again when nothing else writes to the source' },
  GIT_FAILED: { exit: ExitCode.source, hint: 'Read what git said above' },

  // Plan and build
  ENTRY_NOT_FOUND: { exit: ExitCode.build, hint: 'Name the file to run with --app-file or "main:" in hibana.yaml' },
  ENTRY_AMBIGUOUS: { exit: ExitCode.build, hint: 'Name the file to run with --app-file or "main:" in hibana.yaml' },
  REQUIREMENTS_INVALID: { exit: ExitCode.build, hint: 'Correct the file at the line given' },
  SPARK_UNSUPPORTED: { exit: ExitCode.build, hint: 'Choose one of the versions that the message lists with --spark' },
  PYTHON_UNSUPPORTED: {
    exit: ExitCode.build,
    hint: 'Name another Python with --python, or another Spark with --spark',
  },
  PYTHON_NOT_FOUND: { exit: ExitCode.build, hint: 'Install Python 3.10 or newer, or name one with --python' },
  JAVA_UNSUPPORTED: {
    exit: ExitCode.build,
    hint: 'Set JAVA_HOME to a Java of the range given, or unset it to let one be fetched',
  },
  DEPENDENCY_NOT_FOUND: { exit: ExitCode.build, hint: 'Check the name and version of the requirement' },
  COMPILER_NOT_FOUND: {
    exit: ExitCode.build,
    hint: 'Install a C compiler, or ask for a version that comes built for this Python',
  },
  MODULE_NOT_FOUND: { exit: ExitCode.build, hint: 'Add what the message names to the requirements' },
  IMPORT_FAILED: {
    exit: ExitCode.build,
    hint: 'Ask for versions that work together, or try another time with --resolve-at',
  },
  DEPENDENCIES_FAILED: { exit: ExitCode.build, hint: 'Read what uv said above' },
  ENVIRONMENT_INVALID: {
    exit: ExitCode.build,
    hint: 'Write one NAME=value a line; lines that begin with # are comments',
  },
  SCRIPTS_NOT_FOUND: {
    exit: ExitCode.build,
    hint: 'Name a source-to-image builder, or give its scripts with --scripts-url or in .s2i/bin of the source',
  },
  INJECTION_FAILED: { exit: ExitCode.build, hint: 'Name a folder that the builder image has: --inject FILE:FOLDER' },
  USER_FORBIDDEN: {
    exit: ExitCode.build,
    hint: 'Name a builder that runs as a number in --allowed-uids, or one with --assemble-user',
  },
  IMAGE_NOT_FOUND: { exit: ExitCode.notFound, hint: 'Check the name of the image, and whether it has been pushed' },
  SCRIPT_FAILED: { exit: ExitCode.build, hint: 'Read what the script said' },
  ASSEMBLE_FAILED: {
    exit: ExitCode.build,
    hint: 'Read what assemble said above: without a network, try --build-network host; with a certificate that it does not trust, --ca-file FILE',
  },
  ASSEMBLE_TIMEOUT: {
    exit: ExitCode.timeout,
    hint: 'Allow more time with --build-timeout, or find what assemble waits for',
  },
  INDEX_UNREACHABLE: {
    exit: ExitCode.build,
    hint: 'Check the network, or name an index that can be reached with --index-url',
  },
  INDEX_AUTH: {
    exit: ExitCode.build,
    hint: 'Give the credentials of the index in a netrc file or in its URL in UV_DEFAULT_INDEX',
  },
  PACKAGE_NOT_FOUND: { exit: ExitCode.build, hint: 'Check that the index offers this package for this machine' },
  HASH_MISMATCH: { exit: ExitCode.build, hint: 'Try again; if it happens again, ask who runs the index or the proxy' },
  JAR_UNSUPPORTED: { exit: ExitCode.build, hint: 'Use a build of the package for this Spark and Scala' },
  JAR_NOT_FOUND: {
    exit: ExitCode.build,
    hint: 'Check the coordinates, or name the repository that has it with --repositories',
  },
  JARS_FAILED: { exit: ExitCode.build, hint: 'Read what Ivy said above' },
  MAVEN_UNREACHABLE: {
    exit: ExitCode.build,
    hint: 'Check the network, and the mirrors in ~/.m2/settings.xml',
  },
  MAVEN_AUTH: {
    exit: ExitCode.build,
    hint: 'Give the credentials of the repository as a <server> in ~/.m2/settings.xml, or in a netrc file',
  },
  DISK_FULL: { exit: ExitCode.build, hint: 'Free some space, or move the cache with XDG_CACHE_HOME or HIBANA_HOME' },
  FOLDER_READ_ONLY: { exit: ExitCode.build, hint: 'Name a folder you may write to with HIBANA_HOME' },
  LOCK_TIMEOUT: { exit: ExitCode.tryAgain, hint: 'Wait for the other hibana to finish its set-up, then try again' },

  // Images
  BASE_NOT_FOUND: { exit: ExitCode.build, hint: 'Check the name of the base, and whether you may pull it' },
  BASE_UNSUPPORTED: { exit: ExitCode.build, hint: 'Name another base with --base' },
  BUILDER_NOT_FOUND: { exit: ExitCode.build, hint: 'Check the name of the builder image, and whether you may pull it' },
  BUILDER_UNSUPPORTED: {
    exit: ExitCode.build,
    hint: 'Name an image that "hibana builder build" has made with --builder',
  },
  BUILDER_MISMATCH: {
    exit: ExitCode.build,
    hint: 'Name a builder that has them with --builder, or ask for those that this one has with --spark and --python',
  },
  BUILDER_FAILED: {
    exit: ExitCode.build,
    hint: 'Read what the build said above: without a network, try --build-network host; with a certificate that it does not trust, --ca-file FILE',
  },
  BUILDER_TIMEOUT: { exit: ExitCode.timeout, hint: 'Allow more time with --build-timeout' },
  REBUILD_UNSUPPORTED: { exit: ExitCode.build, hint: 'Build it again with "hibana build"' },
  REBASE_UNSUPPORTED: { exit: ExitCode.build, hint: 'Build it again with "hibana build"' },
  ENVIRONMENT_REFUSED: { exit: ExitCode.usage, hint: 'Leave it out, or set it in the commands that need it' },
  IMAGE_NAME_INVALID: { exit: ExitCode.usage, hint: 'Write it as registry.example/team/app:v1, in lower case' },
  MANIFEST_UNSUPPORTED: { exit: ExitCode.build, hint: 'Name an image that a current docker or skopeo has pushed' },
  MANIFEST_INVALID: { exit: ExitCode.build, hint: 'Push the image again, or ask who runs the registry' },
  LAYER_INVALID: { exit: ExitCode.build, hint: 'Rename what the message names, or exclude it' },
  ARCHITECTURE_NOT_FOUND: {
    exit: ExitCode.build,
    hint: 'Choose one of the architectures that are there with --arch, or another image',
  },
  REGISTRY_UNREACHABLE: { exit: ExitCode.push, hint: 'Check host and port of the registry, and the network' },
  IMAGE_INCOMPLETE: { exit: ExitCode.build, hint: 'Build the image again with "hibana build"' },
  REGISTRY_AUTH: {
    exit: ExitCode.push,
    hint: 'Log in with "docker login", or name the file that has the login with REGISTRY_AUTH_FILE',
  },
  REGISTRY_REFUSED: { exit: ExitCode.push, hint: 'Read what the registry said, and ask who runs it' },
  DIGEST_MISMATCH: { exit: ExitCode.push, hint: 'Try again; if it happens again, ask who runs the registry' },
  IMAGE_LOAD_FAILED: { exit: ExitCode.push, hint: 'Read what the daemon said, and check the space on its disk' },

  // Platform and cluster
  DOCKER_UNREACHABLE: { exit: ExitCode.platform, hint: 'Start the Docker daemon, or name it with DOCKER_HOST' },
  CONTAINER_FAILED: { exit: ExitCode.platform, hint: 'Read what the daemon said, and its log' },
  DOCKER_UNSUPPORTED: { exit: ExitCode.platform, hint: 'Update the Docker daemon to 20.10 or newer' },
  LAUNCHER_IMAGE_MISSING: {
    exit: ExitCode.platform,
    hint: 'Make it with "hibana builder build hibana --base IMAGE --load --image NAME", and name it with --launcher-image',
  },
  NAME_TAKEN: { exit: ExitCode.platform, hint: 'Choose another name, or remove what has it' },
  KUBECONFIG_INVALID: {
    exit: ExitCode.usage,
    hint: 'Name a file with KUBECONFIG or --kubeconfig, and one of its contexts',
  },
  KUBERNETES_UNREACHABLE: { exit: ExitCode.platform, hint: 'Check the server of your kubeconfig, and the network' },
  KUBERNETES_AUTH: { exit: ExitCode.platform, hint: 'Renew the credentials of your kubeconfig' },
  KUBERNETES_FORBIDDEN: {
    exit: ExitCode.platform,
    hint: 'Ask the administrator of the namespace for the right that is named',
  },
  KUBERNETES_REFUSED: { exit: ExitCode.platform, hint: 'Read what the API server said' },
  NAMESPACE_NOT_FOUND: { exit: ExitCode.notFound, hint: 'Name one that is there with --namespace' },
  NOT_INSTALLED: {
    exit: ExitCode.platform,
    hint: 'Let the administrator of the namespace run "hibana install" there, once',
  },
  QUOTA_EXCEEDED: { exit: ExitCode.platform, hint: 'Ask for fewer or smaller workers, or for a larger quota' },
  POD_UNSCHEDULABLE: {
    exit: ExitCode.platform,
    hint: 'Ask for less with --workers, --worker-cores or --worker-memory',
  },
  POD_FAILED: { exit: ExitCode.platform, hint: 'Read what the message says of the pod' },
  IMAGE_PULL_FAILED: {
    exit: ExitCode.platform,
    hint: 'Check that the nodes reach the registry, and whether a pull secret is needed',
  },
  CLUSTER_FAILED: { exit: ExitCode.platform, hint: 'Read the log of the member that the message names' },
  CLUSTER_TIMEOUT: {
    exit: ExitCode.platform,
    hint: 'Read the logs of the members, or allow more time with --cluster-timeout',
  },
  CLUSTER_EXISTS: { exit: ExitCode.platform, hint: 'Choose another name, or delete the cluster first' },
  CLUSTER_NOT_FOUND: { exit: ExitCode.notFound, hint: 'Run "hibana cluster list" to see the clusters' },
  CLUSTER_IN_USE: {
    exit: ExitCode.platform,
    hint: 'Wait for the applications that the message names, or delete it with --force',
  },
  CLUSTER_BUSY: {
    exit: ExitCode.platform,
    hint: 'Wait for who holds the cores, allow more time with --cluster-timeout, or scale the cluster',
  },
  CLUSTER_TOO_SMALL: {
    exit: ExitCode.platform,
    hint: 'Ask for smaller executors with --worker-cores and --worker-memory',
  },
  CLUSTER_AUTH: {
    exit: ExitCode.platform,
    hint: 'Name the file that holds the secret of the cluster with --cluster-secret-file',
  },
  MASTER_UNREACHABLE: {
    exit: ExitCode.platform,
    hint: 'Check host and port of the master, whether it runs, and the network',
  },
  SPARK_MISMATCH: { exit: ExitCode.platform, hint: "Run on the cluster's version with --spark" },
  PYTHON_MISMATCH: { exit: ExitCode.platform, hint: "Run on the workers' version with --python" },
  MASTER_LOST: { exit: ExitCode.platform, hint: 'Run it again; read the log of the master if it happens again' },
  WORKERS_LOST: {
    exit: ExitCode.platform,
    hint: 'Read the logs of the workers; give them more memory with --worker-memory',
  },
  EXECUTORS_FAILED: {
    exit: ExitCode.platform,
    hint: 'Read the log of an executor, and check what is set for executors: Java options, class path, environment',
  },
  USER_UNKNOWN: {
    exit: ExitCode.platform,
    hint: 'Run the image as the user it was built for, or mount a passwd file that has the user',
  },
  FOLDER_NOEXEC: {
    exit: ExitCode.platform,
    hint: 'Mount it with --tmpfs /tmp:exec, or name another folder with HIBANA_HOME',
  },
  PORT_IN_USE: { exit: ExitCode.platform, hint: 'Free the port, or choose another one' },
  PORTS_EXHAUSTED: { exit: ExitCode.platform, hint: 'End programs that listen on many ports, then try again' },
  LAUNCHER_LOST: { exit: ExitCode.platform, hint: 'Run it again; what it had created has been deleted' },
  LAUNCHER_FAILED: { exit: ExitCode.platform, hint: 'Read what the launcher said above, and run "hibana doctor"' },

  // Deployments
  DEPLOYMENT_NOT_FOUND: { exit: ExitCode.notFound, hint: 'Run "hibana list" to see what is deployed' },
  DEPLOYMENT_BUSY: { exit: ExitCode.tryAgain, hint: 'Wait for the other hibana to be done, then try again' },
  REVISION_NOT_FOUND: { exit: ExitCode.notFound, hint: 'Run "hibana history NAME" to see its revisions' },
  REVISION_INCOMPLETE: { exit: ExitCode.platform, hint: 'Deploy it again from its source' },
  RUN_NOT_FOUND: { exit: ExitCode.notFound, hint: 'Run "hibana runs NAME" to see its runs' },
  RUN_EXISTS: {
    exit: ExitCode.usage,
    hint: 'Choose another --run-id, or give the arguments that the run was started with',
  },
  RUN_STUCK: { exit: ExitCode.platform, hint: 'Run "hibana cluster prune" when its processes have ended' },
  RECORD_UNREADABLE: { exit: ExitCode.platform, hint: 'Use the hibana that has written it, or delete the file' },
  SCHEDULE_UNSUPPORTED: {
    exit: ExitCode.usage,
    hint: 'Leave the schedule out, and let cron or another scheduler you have run "hibana start NAME"',
  },
  SERVICE_UNHEALTHY: {
    exit: ExitCode.platform,
    hint: 'Read the last lines of its log, or allow more time with --health-timeout',
  },
  WORKER_OUT_OF_MEMORY: { exit: ExitCode.platform, hint: 'Give each worker more memory with --worker-memory' },

  // Job
  JOB_OUT_OF_MEMORY: {
    exit: ExitCode.jobFailed,
    hint: 'Give the driver more memory with --conf spark.driver.memory=2g, or collect less in it',
  },
  JOB_FAILED: { exit: ExitCode.jobFailed, hint: 'Read the last lines of the log above' },
  CONNECT_UNSUPPORTED: {
    exit: ExitCode.jobFailed,
    hint: 'Attach it to a master with --cluster spark://HOST:PORT, or run it on a cluster of its own',
  },
  RUN_TIMEOUT: { exit: ExitCode.timeout, hint: 'Allow more time with --timeout' },
  CHECK_FAILED: { exit: ExitCode.checkFailed, hint: 'Do what the checks marked with a cross say' },
} as const satisfies Readonly<Record<string, CatalogEntry>>;

export type ErrorCode = keyof typeof ERROR_CATALOG;
