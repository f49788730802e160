import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { clusterFolder } from '../../runtime/platform/local/cluster-folder.ts';
import type { JobStream } from '../report/reporter.ts';
import { leaseFolder } from './lease-folder.ts';

/** Which part of a run has written it. */
export type LogStream =
  | { readonly kind: 'driver' | 'spark' | 'launcher' | 'master' }
  | { readonly kind: 'worker' | 'executor'; readonly number: number };

export interface LogFile {
  /** The same for one file wherever it is: an executor's moves to the logs of the run at its end. */
  readonly id: string;
  readonly path: string;
  /** Where it goes. */
  readonly to: JobStream;
}

const STREAM = /^(?:(driver|spark|launcher|master)|(worker|executor)[- ]?(\d{1,6}))$/;

/** @throws {ToolError} USAGE */
export function parseLogStream(text: string): LogStream {
  const [, single, numbered, number] = STREAM.exec(text) ?? [];
  if (single === 'driver' || single === 'spark' || single === 'launcher' || single === 'master')
    return { kind: single };
  if (numbered === 'worker' || numbered === 'executor') return { kind: numbered, number: Number(number) };
  throw new ToolError('USAGE', `Cannot read the stream "${text}" of a log`, {
    hint: 'Name driver, spark, launcher, master, worker-1 or executor-0',
  });
}

/** The files that a stream of a run has so far, in the order in which they are shown. */
export async function findLogFiles(stateFolder: string, run: string, stream: LogStream): Promise<readonly LogFile[]> {
  const folder = leaseFolder(stateFolder, run);
  const logs = join(folder, LeaseFile.logs);
  const file = (path: string, to: JobStream = 'stdout'): LogFile => ({ id: basename(path), path, to });
  switch (stream.kind) {
    case 'driver':
      return [file(join(logs, 'driver.stdout.log')), file(join(logs, 'driver.stderr.log'), 'stderr')];
    case 'spark':
      return [file(join(logs, 'driver.spark.log'))];
    case 'launcher':
      return [file(join(folder, LeaseFile.events))];
    case 'master':
      return [file(join(logs, 'master.log'))];
    case 'worker':
      return [file(join(logs, `worker-${stream.number}.log`))];
    case 'executor':
      return findExecutorFiles(logs, clusterFolder(stateFolder, run).work, stream.number);
  }
}

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
    }))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}
