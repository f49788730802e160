import { fstatSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { steadyNow } from '../runtime/core/context.ts';
import type { Edges, StopSignal } from './commands/command.ts';
import { packageRoot } from './package-root.ts';

/** What commands get of a process. */
export function processEdges(from: NodeJS.Process, home: string): Edges {
  const root = packageRoot(import.meta.dirname);
  const { stdin, stdout, stderr, env } = from;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    stdin,
    stdout,
    stderr,
    outputIsShared: isSameFile(stdout.fd, stderr.fd),
    env,
    cwd: from.cwd(),
    home,
    root,
    node: from.execPath,
    platform: from.platform,
    arch: from.arch,
    pid: from.pid,
    memoryBytes: () => Math.min(totalmem(), from.constrainedMemory() || Number.POSITIVE_INFINITY),
    version: String(version),
    now: steadyNow,
    random: Math.random,
    every,
    onSignal: (listener) => onSignal(from, listener),
    exitNow: (status) => from.exit(status),
  };
}

function isSameFile(one: number, other: number): boolean {
  const [first, second] = [fstatSync(one), fstatSync(other)];
  return first.ino === second.ino && first.dev === second.dev;
}

function every(intervalMs: number, tick: () => void): Disposable {
  const timer = setInterval(tick, intervalMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function onSignal(from: NodeJS.Process, listener: (signal: StopSignal) => void): Disposable {
  const names: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];
  for (const name of names) from.on(name, listener);
  return {
    [Symbol.dispose]: () => {
      for (const name of names) from.off(name, listener);
    },
  };
}
