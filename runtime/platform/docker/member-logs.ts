import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { type Ctx, withSignal } from '../../core/context.ts';
import { LABELS } from '../../core/labels.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { LOG_LIMIT_BYTES } from '../../core/log4j.ts';
import { WORK_FOLDERS } from '../container/work.ts';
import { takeFiles } from './archive.ts';
import { readFrames } from './frames.ts';

const DEADLINE_MS = 10_000;
const LAST_LINES = 20;
/** Of what a member has said, the newest. */
const MAXIMUM_BYTES = 16 * 2 ** 20;

/** Writes what a member has said so far to the run's logs, as `worker-1.log`. What cannot be read is left out: logs never keep a cluster alive. */
export async function keepMemberLogs(container: Docker.Container, runFolder: string, ctx: Ctx): Promise<void> {
  await bounded(ctx, async (inner) => takeMemberLog(container, await logsOf(runFolder), inner));
}

/** Keeps what the executors of a worker wrote, as `worker-1.app-…-0000.0.stderr`: an executor's log is a log. */
export async function keepExecutorLogs(container: Docker.Container, runFolder: string, ctx: Ctx): Promise<void> {
  await bounded(ctx, async (inner) => takeExecutorLogs(container, await logsOf(runFolder), inner, LOG_LIMIT_BYTES));
}

async function bounded(ctx: Ctx, work: (inner: Ctx) => Promise<void>): Promise<void> {
  try {
    await work(withSignal(ctx, AbortSignal.any([ctx.signal, AbortSignal.timeout(DEADLINE_MS)])));
  } catch {
    ctx.signal.throwIfAborted();
  }
}

async function logsOf(runFolder: string): Promise<string> {
  const folder = join(runFolder, LeaseFile.logs);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Writes what a member has said so far into a folder that is there, as `worker-1.log`. */
export async function takeMemberLog(container: Docker.Container, folder: string, { signal }: Ctx): Promise<void> {
  const { Config } = await container.inspect({ abortSignal: signal });
  const text = await readLog(container, {}, signal);
  await writeFile(join(folder, `${memberFile(Config.Labels)}.log`), text, { mode: 0o600 });
}

/** Likewise what the executors of a worker wrote, as `worker-1.app-…-0000.0.stderr`: of each log the newest bytes, default all. */
export async function takeExecutorLogs(
  container: Docker.Container,
  target: string,
  ctx: Ctx,
  newestBytes?: number,
): Promise<void> {
  const { Config } = await container.inspect({ abortSignal: ctx.signal });
  const worker = memberFile(Config.Labels);
  const nameOf = (path: string): string | undefined => executorFile(path, worker);
  await takeFiles(
    container,
    WORK_FOLDERS.work,
    { target, nameOf, ...(newestBytes === undefined ? {} : { newestBytes }) },
    ctx,
  );
}

/** The last lines that a container wrote; none where they cannot be read. */
export async function lastLines(container: Docker.Container, { signal }: Ctx): Promise<readonly string[]> {
  const text = await readLog(container, { tail: LAST_LINES }, signal).catch(() => '');
  return text.split('\n').filter((line) => line.trim() !== '');
}

function memberFile(labels: Readonly<Record<string, string>>): string {
  const index = labels[LABELS.index];
  return `${labels[LABELS.role] ?? 'member'}${index === undefined ? '' : `-${index}`}`;
}

/** `apps/app-20260101000000-0000/0/stderr`, and nothing that only looks like it. */
function executorFile(path: string, worker: string): string | undefined {
  const [, application, executor, stream] = /^[^/]+\/(app-[\w-]+)\/(\d+)\/(stdout|stderr)$/.exec(path) ?? [];
  return application === undefined ? undefined : `${worker}.${application}.${executor}.${stream}`;
}

async function readLog(
  container: Docker.Container,
  { tail }: { readonly tail?: number },
  signal: AbortSignal,
): Promise<string> {
  const bytes = await container.logs({
    ...{ stdout: true, stderr: true, follow: false, abortSignal: signal },
    ...(tail === undefined ? {} : { tail }),
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const { payload } of readFrames(Readable.from([bytes]))) {
    size += payload.length;
    chunks.push(payload);
    while (size > MAXIMUM_BYTES) size -= chunks.shift()?.length ?? size;
  }
  return Buffer.concat(chunks).toString('utf8');
}
