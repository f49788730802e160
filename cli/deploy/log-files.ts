import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { clusterFolder } from '../../runtime/platform/local/cluster-folder.ts';
import { olderLog } from '../../runtime/platform/rotating-log.ts';
import type { JobStream } from '../report/reporter.ts';
import { buildLogFile } from './build-log.ts';
import { leaseFolder } from './lease-folder.ts';
import type { Run } from './records.ts';

/** Which part of a run has written it. */
export type LogStream =
  | { readonly kind: 'driver' | 'spark' | 'launcher' | 'master' | 'build' }
  | { readonly kind: 'worker' | 'executor'; readonly number: number };

export interface LogFile {
  /** The same for one file wherever it is: an executor's moves to the logs of the run at its end, a driver's out of the way when it has grown too large. */
  readonly id: string;
  readonly path: string;
  /** Where it goes. */
  readonly to: JobStream;
  /** The number of what is to be found under the path: another one has come in its place; `null`: whatever is there. */
  readonly inode: number | null;
  /** What goes on where this one ends. */
  readonly next: string | null;
}

const SINGLE = ['driver', 'spark', 'launcher', 'master', 'build'] as const;
const STREAM = /^(?:(driver|spark|launcher|master|build)|(worker|executor)[- ]?(\d{1,6}))$/;

/** @throws {ToolError} USAGE */
export function parseLogStream(text: string): LogStream {
  const [, single, numbered, number] = STREAM.exec(text) ?? [];
  const kind = SINGLE.find((one) => one === single);
  if (kind !== undefined) return { kind };
  if (numbered === 'worker' || numbered === 'executor') return { kind: numbered, number: Number(number) };
  throw new ToolError('USAGE', `Cannot read the stream "${text}" of a log`, {
    hint: 'Name driver, spark, launcher, master, worker-1, executor-0 or build',
  });
}

export interface WantedLogs {
  readonly stateFolder: string;
  readonly run: Pick<Run, 'application' | 'run' | 'revision'>;
  readonly stream: LogStream;
}

/** The files that a stream of a run has so far, in the order in which they are shown. `copies` has those of containers that run. */
export async function findLogFiles(
  { stateFolder, run: { application, run, revision }, stream }: WantedLogs,
  copies?: string,
): Promise<readonly LogFile[]> {
  const folder = leaseFolder(stateFolder, run);
  const logs = copies ?? join(folder, LeaseFile.logs);
  const file = (path: string): LogFile => ({ id: basename(path), path, to: 'stdout', inode: null, next: null });
  switch (stream.kind) {
    case 'driver':
      return [
        ...(await findParts(join(logs, 'driver.stdout.log'), 'stdout')),
        ...(await findParts(join(logs, 'driver.stderr.log'), 'stderr')),
      ];
    case 'spark':
      return findSparkParts(join(logs, 'driver.spark.log'));
    case 'launcher':
      return [file(join(folder, LeaseFile.events))];
    case 'build':
      return [file(buildLogFile(stateFolder, application, revision))];
    case 'master':
      return [file(join(logs, 'master.log'))];
    case 'worker':
      return [file(join(logs, `worker-${stream.number}.log`))];
    case 'executor':
      return findExecutorFiles(logs, clusterFolder(stateFolder, run).work, stream.number);
  }
}

/** Of what a driver writes, the older part first. */
async function findParts(path: string, to: JobStream): Promise<readonly LogFile[]> {
  const parts = [
    { path: olderLog(path), next: path },
    { path, next: null },
  ];
  const found = await Promise.all(parts.map((part) => stat(part.path).catch(() => undefined)));
  return parts.flatMap((part, index) => {
    const file = found[index];
    // A new file may have the number of one that was deleted.
    return file === undefined ? [] : [{ id: `${to} ${file.ino} ${file.birthtimeMs}`, ...part, to, inode: file.ino }];
  });
}

/** Of Spark in a driver likewise. In a container its files cannot be told by their numbers, but by their first lines, which have the time. */
async function findSparkParts(path: string): Promise<readonly LogFile[]> {
  const parts = await findParts(path, 'stdout');
  const firsts = await Promise.all(parts.map((part) => firstLine(part.path)));
  return parts.flatMap((part, index) => {
    const first = firsts[index];
    return first === undefined ? [] : [{ ...part, id: `spark ${first}` }];
  });
}

/** `undefined`: there is no whole line yet. */
async function firstLine(path: string): Promise<string | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(LINE_BYTES), 0, LINE_BYTES, 0);
    const text = buffer.toString('latin1', 0, bytesRead);
    const end = text.indexOf('\n');
    return end < 0 && bytesRead < LINE_BYTES ? undefined : text.slice(0, end < 0 ? LINE_BYTES : end);
  } finally {
    await file.close();
  }
}

/** Of a line that is longer its beginning will do. */
const LINE_BYTES = 1_024;

const ENDED = /^worker-\d+\.app-[^/]+\.(\d+)\.(stdout|stderr)$/;
const RUNNING = /^worker-\d+\/app-[^/]+\/(\d+)\/(stdout|stderr)$/;

/** While it runs an executor writes into its worker's folder; what it wrote is moved to the logs of the run at the end. */
async function findExecutorFiles(logs: string, work: string, number: number): Promise<readonly LogFile[]> {
  const ended = (await readdir(logs).catch(() => [])).map((name) => ({ name, folder: logs, match: ENDED.exec(name) }));
  const running = (await readdir(work, { recursive: true }).catch(() => [])).map((name) => ({
    ...{ name, folder: work },
    match: RUNNING.exec(name),
  }));
  return [...ended, ...running]
    .filter(({ match }) => match !== null && Number(match[1]) === number)
    .map(({ name, folder, match }) => ({
      id: name.replaceAll('/', '.'),
      path: join(folder, name),
      to: match?.[2] === 'stderr' ? ('stderr' as const) : ('stdout' as const),
      inode: null,
      next: null,
    }))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}
