import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { parseDuration } from '../../runtime/core/run-values.ts';
import { findShared } from '../../runtime/platform/local/shared-cluster.ts';
import type { OptionValues } from '../command-line/options.ts';
import type { AppContext } from '../commands/command.ts';
import type {
  BUILD_SETTINGS,
  CLUSTER_OPTIONS,
  DEPLOYMENT_OPTIONS,
  IMAGE_APPLICATION_OPTIONS,
  RUN_OPTIONS,
  SOURCE_OPTIONS,
} from '../commands/source-options.ts';
import { checkFlags } from '../config/resolve-settings.ts';
import type { FileAccess, Flags } from '../config/settings.ts';
import { gitHost } from '../source/git-url.ts';
import type { GitCredential, GitCredentials } from '../source/options.ts';
import { parseSource, shadowNotice } from '../source/parse-source.ts';
import { pathKind } from '../source/path-kind.ts';
import type { Source } from '../source/source.ts';
import { type ReadInput, userFilePath } from './read-application.ts';
import { checkTokenFile } from './token-file.ts';

export type SourceFlags = OptionValues<typeof SOURCE_OPTIONS & typeof IMAGE_APPLICATION_OPTIONS> &
  Partial<
    OptionValues<typeof CLUSTER_OPTIONS & typeof RUN_OPTIONS & typeof BUILD_SETTINGS & typeof DEPLOYMENT_OPTIONS>
  >;

/** What is known before anything is fetched: every flag is checked, the source is parsed, its credentials are found.
 *  The caller adds where the checkout goes.
 *  @throws {ToolError} those of parseSource and checkFlags */
export function readInput(
  text: string,
  options: SourceFlags,
  args: readonly string[],
  app: AppContext,
): Omit<ReadInput, 'open'> & { readonly open: Omit<ReadInput['open'], 'scratch' | 'extraEnv'> } {
  const at = (path: string): string => resolve(app.cwd, path);
  const templatesDir = join(app.root, 'templates', 'apps');
  const flags = flagsFrom(options, args, at);
  const files = fileAccess(at);
  const folders = foldersFrom(app.env, app.home);
  const userFile = userFilePath(folders.config);
  checkFlags({ flags, env: app.env, user: null, files });
  const templates = readdirSync(templatesDir);
  const source = absolute(
    parseSource(text, {
      contextDir: options['context-dir'] ?? null,
      isDirectory: (path) => pathKind(at(path)) === 'directory',
      isFile: (path) => pathKind(at(path)) === 'file',
      templates,
      allowHttp: options['allow-http'],
    }),
    at,
  );
  const timeout = options['source-timeout'];
  return {
    source,
    notice: shadowNotice(text, source, templates),
    flags,
    env: app.env,
    files,
    userFile,
    machineBytes: app.memoryBytes(),
    isShared: async (name) => (await findShared(folders.state, name)) !== undefined,
    open: {
      templatesDir,
      submodules: options.submodules,
      lfs: options.lfs,
      credentials: credentialsFrom(source, options, at),
      caFile: options['ca-file'] === undefined ? null : at(options['ca-file']),
      env: app.env,
      ...(timeout === undefined ? {} : { totalTimeoutMs: parseDuration(timeout, '--source-timeout') }),
    },
  };
}

function flagsFrom(options: SourceFlags, args: readonly string[], at: (path: string) => string): Flags {
  return {
    appFile: options['app-file'],
    mainClass: options['main-class'],
    name: options.name,
    kind: options.kind,
    app: options.app,
    config: options.config,
    cluster: options.cluster,
    clusterUi: options['cluster-ui'],
    clusterSecretFile: given(options['cluster-secret-file'], at),
    driverHost: options['driver-host'],
    workers: options.workers,
    workerCores: options['worker-cores'],
    workerMemory: options['worker-memory'],
    spark: options.spark,
    python: options.python,
    port: options.port,
    healthPath: options['health-path'],
    healthTimeout: options['health-timeout'],
    onRedeploy: options['on-redeploy'],
    schedule: options.schedule,
    indexUrl: options['index-url'],
    resolveAt: options['resolve-at'],
    timeout: options.timeout,
    clusterTimeout: options['cluster-timeout'],
    conf: options.conf,
    packages: options.packages,
    excludePackages: options['exclude-packages'],
    extra: options.extra,
    repositories: options.repositories,
    jars: options.jars,
    pyFiles: options['py-files'],
    files: options.files,
    env: options.env,
    envFile: options['env-file'],
    executorEnv: options['executor-env'],
    secret: options.secret?.map((text) => absoluteSecret(text, at)),
    builder: options.builder,
    buildEnv: options['build-env'],
    args,
  };
}

function given(path: string | undefined, at: (path: string) => string): string | undefined {
  return path === undefined ? undefined : at(path);
}

/** `NAME=file`, with the file as seen from the folder where the command was given. */
function absoluteSecret(text: string, at: (path: string) => string): string {
  const equals = text.indexOf('=');
  return equals < 0 ? text : `${text.slice(0, equals)}=${at(text.slice(equals + 1))}`;
}

function fileAccess(at: (path: string) => string): FileAccess {
  return {
    isReadable: (path) => {
      try {
        accessSync(at(path), constants.R_OK);
        return statSync(at(path)).isFile();
      } catch {
        return false;
      }
    },
    readText: (path) => {
      try {
        return readFileSync(at(path), 'utf8');
      } catch {
        return undefined;
      }
    },
  };
}

function absolute(source: Source, at: (path: string) => string): Source {
  return source.kind === 'directory' ? { ...source, path: at(source.path) } : source;
}

function credentialsFrom(source: Source, options: SourceFlags, at: (path: string) => string): GitCredentials {
  const own = source.kind === 'git' ? gitHost(source.url) : undefined;
  const { 'git-username': username, 'git-ssh-key': key, 'git-known-hosts': knownHosts } = options;
  const common: GitCredential = {
    ...(username === undefined ? {} : { username }),
    ...(key === undefined ? {} : { sshKeyFile: at(key) }),
    ...(knownHosts === undefined ? {} : { knownHostsFile: at(knownHosts) }),
  };
  const byHost: Record<string, GitCredential> = own === undefined ? {} : { [own]: common };
  for (const text of options['git-token-file']) {
    const [, host = own, file = ''] = /^(?:([^=/]+)=)?(.+)$/.exec(text) ?? [];
    if (host === undefined) continue;
    checkTokenFile(file, at(file));
    byHost[host] = { ...byHost[host], ...common, tokenFile: at(file) };
  }
  return byHost;
}
