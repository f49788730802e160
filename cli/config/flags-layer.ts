import { parseEnv } from 'node:util';
import { parseClusterTarget } from '../../runtime/core/cluster-target.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { checkName } from '../../runtime/core/names.ts';
import * as runValues from '../../runtime/core/run-values.ts';
import { parseProperty, splitList } from '../../runtime/core/submit-options.ts';
import * as values from './flag-values.ts';
import { VARIABLE_NAME } from './known-values.ts';
import { parseResolveAt } from './resolve-at.ts';
import type { Environment, FileAccess, Flags } from './settings.ts';
import type { SettingsLayer } from './settings-layer.ts';

type Text = Readonly<Record<string, string>>;

/** What the flags say, checked.
 *  @throws {ToolError} USAGE, WORKERS_INVALID, QUANTITY_INVALID, NAME_INVALID, FILE_UNREADABLE */
export function flagsLayer(flags: Flags, env: Environment, files: FileAccess): SettingsLayer {
  return {
    origin: 'flag',
    values: {
      name: given(flags.name, checkName),
      kind: given(flags.kind, (text) => values.parseKind(text, '--kind')),
      main: given(flags.appFile, (text) => runValues.parseSourcePath(text, '--app-file')),
      mainClass: flags.mainClass,
      spark: flags.spark,
      python: flags.python,
      port: given(flags.port, (text) => values.parsePort(text, '--port')),
      'cluster.attach': given(flags.cluster, (text) => parseClusterTarget(text, '--cluster')),
      'cluster.ui': given(flags.clusterUi, parseWebUi),
      'cluster.secretFile': given(flags.clusterSecretFile, (path) => checkReadable(path, files)),
      'cluster.workers': given(flags.workers, (text) => runValues.parseWorkers(text, '--workers')),
      'cluster.worker.cores': given(flags.workerCores, (text) => runValues.parseWorkerCores(text, '--worker-cores')),
      'cluster.worker.memory': given(flags.workerMemory, (text) =>
        runValues.parseWorkerMemory(text, '--worker-memory'),
      ),
      timeout: given(flags.timeout, (text) => runValues.parseDuration(text, '--timeout')),
      clusterTimeout: given(flags.clusterTimeout, (text) => runValues.parseDuration(text, '--cluster-timeout')),
      indexUrl: given(flags.indexUrl, parseIndexUrl),
      'build.builder': flags.builder,
      'health.path': given(flags.healthPath, (text) => values.parseHealthPath(text, '--health-path')),
      'health.timeout': given(flags.healthTimeout, (text) => runValues.parseDuration(text, '--health-timeout')),
      onRedeploy: given(flags.onRedeploy, (text) => values.parseOnRedeploy(text, '--on-redeploy')),
      schedule: given(flags.schedule, () => true),
      'build.resolveAt': given(flags.resolveAt, (text) => parseResolveAt(text, '--resolve-at')),
    },
    lists: {
      args: flags.args?.length === 0 ? undefined : flags.args,
      packages: commaLists(flags.packages),
      excludePackages: commaLists(flags.excludePackages),
      extras: commaLists(flags.extra)?.map(values.parseExtra),
      repositories: commaLists(flags.repositories),
      jars: commaLists(flags.jars),
      pyFiles: commaLists(flags.pyFiles),
      files: commaLists(flags.files),
    },
    maps: {
      conf: { ...driverHost(flags.driverHost), ...joined(flags.conf, parseProperty) },
      env: {
        ...joined(flags.envFile, (path) => readEnvFile(path, files)),
        ...joined(flags.env, variable('--env', env)),
      },
      executorEnv: joined(flags.executorEnv, variable('--executor-env', env)),
      'build.env': joined(flags.buildEnv, variable('--build-env', env)),
      secrets: joined(flags.secret, parseSecret),
    },
  };
}

function given<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parse(text);
}

function commaLists(texts: readonly string[] | undefined): readonly string[] | undefined {
  const items = texts?.flatMap(splitList);
  return items?.length === 0 ? undefined : items;
}

function joined(texts: readonly string[] | undefined, parse: (text: string) => Text): Text {
  return Object.assign({}, ...(texts ?? []).map(parse));
}

function variable(flag: string, env: Environment): (text: string) => Text {
  return (text) => {
    const [name, value = env[name]] = values.parseAssignment(text, flag);
    if (value === undefined) {
      throw new ToolError('USAGE', `Cannot take ${flag} "${name}" from the environment: it is not set there`, {
        hint: `Set ${name}, or write ${flag} ${name}=value`,
      });
    }
    return { [name]: value };
  };
}

function parseSecret(text: string): Text {
  const [name, file] = values.parseAssignment(text, '--secret');
  if (file === undefined || file === '') {
    throw new ToolError('USAGE', `Cannot take --secret "${name}": it names no file`, {
      hint: `Write --secret ${name}=FILE; the value stays in the file`,
    });
  }
  return { [name]: file };
}

function readEnvFile(path: string, files: FileAccess): Text {
  const text = files.readText(path);
  if (text === undefined) throw new ToolError('FILE_UNREADABLE', `Cannot read the --env-file "${path}"`);
  const found = Object.entries(parseEnv(text));
  const odd = found.find(([name]) => !VARIABLE_NAME.test(name));
  if (odd)
    throw new ToolError('USAGE', `Cannot read the --env-file "${path}": "${odd[0]}" is not the name of a variable`);
  return Object.fromEntries(found.map(([name, value]) => [name, value ?? '']));
}

function driverHost(host: string | undefined): Text {
  return host === undefined ? {} : { 'spark.driver.host': host };
}

/** The page itself, without the path on which it answers machines. */
function parseWebUi(text: string): string {
  const url = URL.parse(text);
  if (url && ['http:', 'https:'].includes(url.protocol)) return text.replace(/\/+(?:json\/*)?$/, '');
  throw new ToolError('USAGE', `Cannot take --cluster-ui "${text}": it is not an http or https URL`);
}

function checkReadable(path: string, files: FileAccess): string {
  if (files.isReadable(path)) return path;
  throw new ToolError('FILE_UNREADABLE', `Cannot read the --cluster-secret-file "${path}"`);
}

function parseIndexUrl(text: string): string {
  const url = URL.parse(text);
  if (url && ['http:', 'https:', 'file:'].includes(url.protocol)) return text;
  throw new ToolError('USAGE', `Cannot take --index-url "${text}": it is not an http, https or file URL`);
}
