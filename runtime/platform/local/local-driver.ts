import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { signalStatus } from '../../core/exit-codes.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { formatProperties, parseProperties } from '../../core/properties.ts';
import { type DriverPlace, driverEnvironment, submitArguments, submitProperties } from '../../core/submit-args.ts';
import { LOOPBACK } from './member-command.ts';
import { chooseFreePorts } from './ports.ts';
import { recordProcess } from './process-record.ts';
import { signalGroup } from './signal-group.ts';

export interface LocalDriverOptions {
  readonly leaseDirectory: string;
  /** PATH, HOME and the like, and the run's marker. */
  readonly env: Readonly<Record<string, string>>;
  /** The job's own output goes here, byte for byte, and into the run's logs. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Is given what resolves when all that the job wrote has been taken by its readers, which may be long after the driver's end:
   *  whoever ends the process before that cuts the job's output off. Never rejects. */
  readonly onRelay?: (relayed: Promise<unknown>) => void;
  /** Asks a stopped driver this politely: the signal to send first. */
  readonly stopSignal: (reason: unknown) => NodeJS.Signals;
}

/** After the driver's end its children may still hold its pipes, and readers may be slow: neither keeps the cluster alive. */
const DRAIN_MS = 250;

/** Runs the driver as a child process that leads a session of its own, and resolves with its status when it has ended.
 *  On abort its process group gets the polite signal, and SIGKILL after `timeouts.stopMs`. */
export async function runLocalDriver(
  request: LaunchRequest,
  cluster: Cluster,
  options: LocalDriverOptions,
  ctx: Ctx,
): Promise<{ readonly status: number }> {
  const { file, args, env } = await prepareDriver(request, cluster, options);
  ctx.signal.throwIfAborted();
  const child = spawn(file, args, { cwd: request.layout.app, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const ended = Promise.withResolvers<number>();
  child.once('exit', (code, signal) =>
    ended.resolve(signal === null ? (code ?? 1) : signalStatus(constants.signals[signal])),
  );
  const relayed = relay(child.stdout, child.stderr, options);
  options.onRelay?.(relayed);
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new ToolError('JOB_FAILED', `Cannot start the driver with "${file}"`, { cause });
  });
  const pid = child.pid ?? 0;
  await recordProcess(join(options.leaseDirectory, LeaseFile.processes), pid, 'driver');
  const stopped = stopOnAbort(pid, request.timeouts.stopMs, options, ended.promise, ctx);
  const status = await ended.promise;
  await Promise.all([stopped, Promise.race([relayed, pause(DRAIN_MS)])]);
  ctx.signal.throwIfAborted();
  return { status };
}

async function stopOnAbort(
  pid: number,
  stopMs: number,
  options: LocalDriverOptions,
  ended: Promise<number>,
  ctx: Ctx,
): Promise<void> {
  const aborted = Promise.withResolvers<'aborted'>();
  const onAbort = (): void => aborted.resolve('aborted');
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  if (ctx.signal.aborted) onAbort();
  try {
    if ((await Promise.race([ended, aborted.promise])) !== 'aborted') return;
    signalGroup(pid, options.stopSignal(ctx.signal.reason));
    const timer = new AbortController();
    await Promise.race([ended, pause(stopMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    signalGroup(pid, 'SIGKILL');
  } finally {
    ctx.signal.removeEventListener('abort', onAbort);
  }
}

/** Relays both streams to their readers and into the log files; a reader that is slow slows the job, one that has gone does not.
 *  Resolves when both have ended and everything has been taken. */
function relay(stdout: Readable, stderr: Readable, options: LocalDriverOptions): Promise<unknown> {
  const logs = join(options.leaseDirectory, LeaseFile.logs);
  return Promise.all(
    [
      { from: stdout, to: options.stdout, log: 'driver.stdout.log' },
      { from: stderr, to: options.stderr, log: 'driver.stderr.log' },
    ].map(async ({ from, to, log }) => {
      const file = createWriteStream(join(logs, log), { flags: 'a', mode: 0o600 }).on('error', () => {});
      for await (const chunk of from) await Promise.all([put(file, chunk), put(to, chunk)]);
      await new Promise<void>((resolve) => file.end(() => resolve()));
    }),
  ).catch(() => {});
}

/** Resolves when the stream has taken the chunk, or is gone: a full disk or a reader that left does not stop the job. */
function put(stream: Writable, chunk: Uint8Array): Promise<void> {
  if (!stream.writable) return Promise.resolve();
  return new Promise((resolve) => stream.write(chunk, () => resolve()));
}

async function prepareDriver(
  request: LaunchRequest,
  cluster: Cluster,
  options: LocalDriverOptions,
): Promise<{ file: string; args: readonly string[]; env: Readonly<Record<string, string>> }> {
  const { layout } = request;
  const scratch = join(options.leaseDirectory, LeaseFile.scratch);
  const [rpc = 0, blockManager = 0, ui = 0] = await chooseFreePorts(3);
  const sparkConf = join(layout.app, 'spark-conf');
  const hasSparkConf = (await stat(sparkConf).catch(() => undefined))?.isDirectory() === true;
  const ownLog4j = join(sparkConf, 'log4j2.properties');
  const hasOwnLog4j = hasSparkConf && (await stat(ownLog4j).catch(() => undefined))?.isFile() === true;
  const place: DriverPlace = {
    host: LOOPBACK,
    ports: { rpc, blockManager, ui },
    temporary: join(scratch, 'tmp'),
    eventLog: join(options.leaseDirectory, LeaseFile.eventLog),
    propertiesFile: join(scratch, 'driver.conf'),
    log4jFile: hasOwnLog4j ? ownLog4j : join(scratch, 'log4j2.properties'),
    sparkConf: hasSparkConf ? sparkConf : null,
  };
  for (const folder of [place.temporary, place.eventLog, join(options.leaseDirectory, LeaseFile.logs)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const secretFiles = await copySecrets(request.submit.secrets, join(scratch, 'secrets'));
  const defaults = hasSparkConf ? await readFile(join(sparkConf, 'spark-defaults.conf'), 'utf8').catch(() => '') : '';
  const input = { request, cluster, place, sparkDefaults: parseProperties(defaults) };
  const properties = submitProperties(input);
  await writeFile(place.propertiesFile, formatProperties(properties), { mode: 0o600 });
  if (!hasOwnLog4j) await writeFile(place.log4jFile, log4jProperties(join(options.leaseDirectory, LeaseFile.logs)));
  return {
    file: join(layout.java, 'bin', 'java'),
    args: submitArguments(input, properties),
    env: { ...options.env, ...driverEnvironment(input, secretFiles) },
  };
}

async function copySecrets(
  secrets: Readonly<Record<string, string>>,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const copies: Record<string, string> = {};
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, file] of Object.entries(secrets)) {
    const copy = join(folder, name);
    await copyFile(file, copy).catch((cause: unknown) => {
      throw new ToolError('FILE_UNREADABLE', `Cannot read the secret "${name}" from "${file}"`, { cause });
    });
    await chmod(copy, 0o400);
    copies[name] = copy;
  }
  return copies;
}

/** Spark's own log: warnings to stderr, among what the job writes, and all from INFO up into a file of the run. */
function log4jProperties(logs: string): string {
  return formatProperties({
    'rootLogger.level': 'info',
    'rootLogger.appenderRef.console.ref': 'console',
    'rootLogger.appenderRef.file.ref': 'file',
    // A library that pip's Spark does not carry: the warning says nothing about the job.
    'logger.native.name': 'org.apache.hadoop.util.NativeCodeLoader',
    'logger.native.level': 'error',
    'appender.console.type': 'Console',
    'appender.console.name': 'console',
    'appender.console.target': 'SYSTEM_ERR',
    'appender.console.layout.type': 'PatternLayout',
    'appender.console.layout.pattern': '%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex',
    'appender.console.filter.threshold.type': 'ThresholdFilter',
    'appender.console.filter.threshold.level': 'warn',
    'appender.file.type': 'File',
    'appender.file.name': 'file',
    'appender.file.fileName': join(logs, 'driver.spark.log'),
    'appender.file.layout.type': 'PatternLayout',
    'appender.file.layout.pattern': '%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex',
  });
}
