import { setTimeout as pause } from 'node:timers/promises';
import { simpleGit } from 'simple-git';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { endMarked } from './end-marked.ts';
import { GUARDED_VARIABLES } from './environment.ts';

export interface GitLimits {
  readonly totalMs: number;
  readonly silenceMs: number;
  /** Aborts when `totalMs` are over. */
  readonly total: AbortSignal;
}

export interface GitCall {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: GitLimits;
  /** An entry of `env` that only the children of this checkout have: `NAME=value`. How they are found when they must end. */
  readonly mark: string;
  /** Each piece that git writes to stderr. */
  readonly onProgress?: (text: string) => void;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** For the pipes to close where `endMarked` can end nothing (no /proc). */
const GRACE_MS = 2_000;
const LOW_SPEED_MARGIN_SECONDS = 10;
const HARDENED = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.symlinks=false',
  'transfer.fsckObjects=true',
  'http.followRedirects=false',
  'fetch.recurseSubmodules=false',
  'init.defaultBranch=main',
  'advice.detachedHead=false',
  'gc.auto=0',
];
/** A checkout is deleted with its run, and what a crash of the machine takes is fetched again: git need not wait for the disk.
 *  Source: git-config, core.fsync, from 2.36 on; older ones do not wait by themselves. */
const PASSING = ['core.fsync=none'];

/** Runs one git command and gives back its status, whatever it is. Its children end with it.
 *  @throws {ToolError} GIT_MISSING; GIT_TIMEOUT when the total or the silence time-out is over. Rejects with `signal.reason` on abort; in
 *  both cases no child is left. Source: simple-git 4 removes every GIT_* variable that is not named to it. */
export async function runGit(args: readonly string[], call: GitCall, ctx: Ctx): Promise<GitResult> {
  ctx.signal.throwIfAborted();
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), call.limits.silenceMs);
  const signal = AbortSignal.any([ctx.signal, call.limits.total, silence.signal]);
  const hear = (chunk: Uint8Array): void => {
    timer.refresh();
    call.onProgress?.(Buffer.from(chunk).toString('utf8'));
  };
  try {
    const running = start(args, call, signal, hear);
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const result = await Promise.race([running, ended]);
    if (result === undefined || signal.aborted) {
      await endMarked(call.mark);
      await Promise.race([running, pause(GRACE_MS)]);
      throw interruption(call.limits, ctx);
    }
    if (result.exitCode < 0) throw new ToolError('GIT_MISSING', 'Cannot run git: it is not on the PATH');
    return result;
  } finally {
    clearTimeout(timer);
  }
}

async function start(
  args: readonly string[],
  call: GitCall,
  signal: AbortSignal,
  hear: (chunk: Uint8Array) => void,
): Promise<GitResult> {
  let outcome = { exitCode: 0, stderr: '' };
  const git = simpleGit({
    baseDir: call.dir,
    abort: signal,
    config: [...HARDENED, ...PASSING, 'http.lowSpeedLimit=1', `http.lowSpeedTime=${lowSpeedSeconds(call.limits)}`],
    // Done when nobody holds its output any more: a helper that outlives git would keep writing into the checkout.
    completion: { onClose: true, onExit: false },
    allowEnvironment: [...GUARDED_VARIABLES],
    unsafe: {
      allowUnsafeAskPass: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeSshCommand: true,
      allowUnsafeTemplateDir: true,
    },
    // Every status is an answer here. simple-git's own errors carry the whole command, and take a silent failure for a success.
    errors: (_error, { exitCode, stdErr }) => {
      outcome = { exitCode, stderr: Buffer.concat(stdErr).toString('utf8') };
      return undefined;
    },
  });
  const stdout = await git
    .env({ ...call.env })
    .outputHandler((_command, out, err) => {
      out.on('data', hear);
      err.on('data', hear);
    })
    .raw(...args);
  return { ...outcome, stdout };
}

/** A second line: the transport ends by itself when this process was killed and nobody counts the silence any more. */
function lowSpeedSeconds({ silenceMs }: GitLimits): number {
  return Math.ceil(silenceMs / 1_000) + LOW_SPEED_MARGIN_SECONDS;
}

function interruption(limits: GitLimits, ctx: Ctx): unknown {
  if (ctx.signal.aborted) return ctx.signal.reason;
  const kind = limits.total.aborted ? 'total' : 'silence';
  const timeoutMs = kind === 'total' ? limits.totalMs : limits.silenceMs;
  const what = kind === 'total' ? 'was not done within' : 'said nothing for';
  return new ToolError('GIT_TIMEOUT', `Cannot fetch the source: git ${what} ${timeoutMs / 1_000} s`, {
    details: { kind, timeoutMs },
  });
}
