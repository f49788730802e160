import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { LABELS } from '../../core/labels.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { takeFiles } from './archive.ts';
import { WORK_FOLDERS } from './container-options.ts';
import { readFrames } from './frames.ts';

const DEADLINE_MS = 10_000;
const LAST_LINES = 20;
const MAXIMUM_BYTES = 16 * 2 ** 20;

/** Writes what a member has said so far to the run's logs, as `worker-1.log`. What cannot be read is left out: logs never keep a cluster alive. */
export async function keepMemberLogs(container: Docker.Container, runFolder: string, { signal }: Ctx): Promise<void> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  try {
    const { Config } = await container.inspect({ abortSignal: bounded });
    const text = await readLog(container, {}, bounded);
    await mkdir(join(runFolder, LeaseFile.logs), { recursive: true, mode: 0o700 });
    await writeFile(join(runFolder, LeaseFile.logs, `${memberFile(Config.Labels)}.log`), text, { mode: 0o600 });
  } catch {
    signal.throwIfAborted();
  }
}

/** Keeps what the executors of a worker wrote, as `worker-1.app-…-0000.0.stderr`: an executor's log is a log. */
export async function keepExecutorLogs(container: Docker.Container, runFolder: string, ctx: Ctx): Promise<void> {
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(DEADLINE_MS)]);
  try {
    const { Config } = await container.inspect({ abortSignal: signal });
    const worker = memberFile(Config.Labels);
    const logs = join(runFolder, LeaseFile.logs);
    await takeFiles(container, WORK_FOLDERS.work, logs, (path) => executorFile(path, worker), { ...ctx, signal });
  } catch {
    ctx.signal.throwIfAborted();
  }
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
    if (size > MAXIMUM_BYTES) break;
    chunks.push(payload);
  }
  return Buffer.concat(chunks).toString('utf8');
}
