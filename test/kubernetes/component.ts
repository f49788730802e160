import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Enclosure } from './enclosure.ts';

/** One program of a cluster. */
export interface Component {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** A component that was started. */
export interface RunningComponent {
  readonly name: string;
  readonly isRunning: () => boolean;
  /** Sends it a signal, and waits until it has ended. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
  /** The end of what it wrote. */
  readonly tail: () => Promise<string>;
}

const TAIL_LINES = 15;

/** Starts one in the enclosure; it writes to `logs/NAME.log` of its folder. */
export function startComponent({ name, program, args }: Component, { folder, enter }: Enclosure): RunningComponent {
  const log = join(folder, 'logs', `${name}.log`);
  const file = openSync(log, 'a');
  const [command = '', ...words] = [...enter, program, ...args];
  const child = spawn(command, words, { cwd: '/', stdio: ['ignore', file, file], detached: true });
  closeSync(file);
  const ended = once(child, 'close');
  return {
    name,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    end: async (signal) => {
      // The program itself is the only child of the command that brings it into the namespaces.
      const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(() => '');
      for (const pid of children.trim().split(' ').filter(Boolean)) process.kill(Number(pid), signal);
      await ended;
    },
    tail: async () => (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-TAIL_LINES).join('\n'),
  };
}

const PROBE_EVERY_MS = 50;
const READY_WITHIN_MS = 60_000;

/** Waits until a component does what `probe` looks for.
 *  @throws with the end of its log, as soon as it has ended, or after a minute */
export async function untilReady(component: RunningComponent, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await probe().catch(() => false))) {
    const isLate = Date.now() > deadline;
    if (component.isRunning() && !isLate) {
      await pause(PROBE_EVERY_MS);
      continue;
    }
    const state = isLate ? `is not ready after ${READY_WITHIN_MS / 1_000} s` : 'has ended';
    throw new Error(`The cluster's ${component.name} ${state}:\n${await component.tail()}`);
  }
}

const ANSWER_WITHIN_MS = 2_000;

/** Whether an address answers with a success. */
export async function answers(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).ok;
}
