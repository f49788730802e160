import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { signalStatus } from '../core/exit-codes.ts';
import { signalGroup } from '../platform/local/signal-group.ts';
import { isSame, newNonce, proofOf, SILENCE_MS } from './lease-protocol.ts';

export interface HeldLease {
  /** Where its holder answers. */
  readonly host: string;
  readonly port: number;
  /** For so long the program goes on without a word of the holder. */
  readonly seconds: number;
  readonly secret: string;
  /** After so much silence a connection is made anew. Default SILENCE_MS. */
  readonly silenceMs?: number;
}

export interface GuardedProgram {
  readonly lease: HeldLease;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Member {
  /** The status of the program as a shell gives it; resolves when it has ended. */
  readonly ended: Promise<number>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

const TICK_MS = 1_000;
/** Of a longer tick no more counts: this program was stopped, or the machine slept, and so did the holder, or its word is on its way. */
const LONGEST_TICK_MS = 2_000;
const RETRY_MS = 1_000;
/** A kernel asks a network that is cut again at ever longer intervals. */
const CONNECT_MS = 5_000;
const NOT_STARTED = 127;

/** Runs a program for as long as the holder of a lease is heard of. A connection that is lost is made again; only when there was no word for the time of the
 *  lease, counted while this program runs, the program is ended. */
export function runUnderLease({ lease, command, env }: GuardedProgram): Member {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const over = new AbortController();
  const ended = Promise.withResolvers<number>();
  child.once('error', () => ended.resolve(NOT_STARTED));
  child.once('exit', (code, signal) => {
    ended.resolve(signal === null ? (code ?? 1) : signalStatus(constants.signals[signal]));
  });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && !over.signal.aborted) signalGroup(child.pid, name);
  };
  let silentMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    silentMs += Math.min(now - last, LONGEST_TICK_MS);
    last = now;
    if (silentMs >= lease.seconds * 1_000) signal('SIGKILL');
  }, TICK_MS);
  const onWord = (): void => {
    silentMs = 0;
  };
  void listen(lease, onWord, over.signal);
  const status = ended.promise.then((result) => {
    clearInterval(timer);
    over.abort();
    return result;
  });
  return { ended: status, signal };
}

async function listen(lease: HeldLease, onWord: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await hear(lease, onWord, signal).catch(() => {});
    await pause(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

/** One connection, until it ends or is silent for too long. */
async function hear(
  { host, port, secret, silenceMs = SILENCE_MS }: HeldLease,
  onWord: () => void,
  signal: AbortSignal,
): Promise<void> {
  const socket = connect({ host, port, timeout: CONNECT_MS });
  // Without an error neither who waits for the connection nor who reads its lines is told.
  const end = (): void => void socket.destroy(new Error('the holder of the lease is silent'));
  socket.on('timeout', end).on('error', () => {});
  signal.addEventListener('abort', end, { once: true });
  try {
    await once(socket, 'connect', { signal });
    socket.setTimeout(silenceMs);
    const nonce = newNonce();
    let said = 0;
    for await (const line of createInterface({ input: socket })) {
      said += 1;
      if (said === 1) socket.write(`${proofOf(secret, 'member', line)} ${nonce}\n`);
      else if (said === 2 && !isSame(line, proofOf(secret, 'holder', nonce))) return;
      if (said > 1) onWord();
    }
  } finally {
    signal.removeEventListener('abort', end);
    socket.destroy();
  }
}
