import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { ToolError } from '../../core/errors.ts';
import type { Command } from './member-command.ts';
import { recordProcess } from './process-record.ts';

export interface ProcessEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child that leads a session of its own and is on record. */
export interface RecordedChild {
  readonly pid: number;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  kill(): void;
  /** It may outlive this process, which no longer waits for its end. */
  release(): void;
}

/** Starts a program with its output in `log` and puts it on record in `records`.
 *  @throws {ToolError} CLUSTER_FAILED when it cannot be started at all */
export async function startRecorded(
  command: Command,
  role: string,
  files: { log: string; records: string },
): Promise<RecordedChild> {
  await using log = await open(files.log, 'a', 0o600);
  const child = spawn(command.file, command.args, {
    env: command.env,
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (status, signal) => resolve({ status, signal }));
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new ToolError('CLUSTER_FAILED', `Cannot start the ${role} with "${command.file}"`, { cause });
  }
  const pid = child.pid ?? 0;
  await recordProcess(files.records, pid, role);
  return { pid, ended, kill: () => child.kill('SIGKILL'), release: () => child.unref() };
}

/** `killed by SIGKILL`, `ended with status 1`. */
export function describeEnd(end: ProcessEnd): string {
  return end.signal === null ? `ended with status ${end.status}` : `killed by ${end.signal}`;
}
