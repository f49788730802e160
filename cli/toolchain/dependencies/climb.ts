import { ToolError } from '../../../runtime/core/errors.ts';
import type { Rung } from './rungs.ts';

/** How one try ended. */
export type Verdict<T> =
  | { readonly kind: 'good'; readonly value: T }
  /** It installs and loads, and yet is older than this Python: taken where nothing later is good. */
  | { readonly kind: 'doubtful'; readonly value: T; readonly error: unknown }
  /** `resolves`: not even a set was found, or it does not install; `imports`: it is there and does not load. */
  | { readonly kind: 'bad'; readonly stage: 'resolves' | 'imports'; readonly error: unknown }
  /** No other time mends it: the index is down, the disk is full, a module that nothing asks for is missing. */
  | { readonly kind: 'hopeless'; readonly error: unknown }
  /** The index tells no times: only now is left. */
  | { readonly kind: 'timeless'; readonly host: string; readonly error: unknown };

export interface Try {
  readonly rung: Rung;
  readonly stage: 'resolves' | 'imports' | 'runs';
  readonly error: unknown;
}

export type Climb<T> =
  | {
      readonly kind: 'found';
      readonly rung: Rung;
      readonly value: T;
      readonly tried: readonly Try[];
      readonly timelessHost: string | null;
    }
  | { readonly kind: 'failed'; readonly tried: readonly Try[]; readonly error: unknown };

/** Tries one rung after the other until one is good. The last is tried even when `isOver()` says that the time for this has gone.
 *  What `judge` throws passes on. */
export async function climb<T>(
  rungs: readonly Rung[],
  judge: (rung: Rung, tried: readonly Try[]) => Promise<Verdict<T>>,
  isOver: () => boolean,
): Promise<Climb<T>> {
  const tried: Try[] = [];
  let timelessHost: string | null = null;
  let doubtful: Extract<Climb<T>, { kind: 'found' }> | undefined;
  for (const [index, rung] of rungs.entries()) {
    const isLast = index === rungs.length - 1;
    if (!isLast && (isOver() || timelessHost !== null)) continue;
    if (!isWorthwhile(rung, tried)) continue;
    const verdict = await judge(rung, tried);
    if (verdict.kind === 'good') return { kind: 'found', rung, value: verdict.value, tried, timelessHost };
    if (verdict.kind === 'hopeless') {
      return doubtful !== undefined && isMissingModule(verdict.error)
        ? { ...doubtful, tried }
        : { kind: 'failed', tried, error: verdict.error };
    }
    if (verdict.kind === 'doubtful') {
      doubtful ??= { kind: 'found', rung, value: verdict.value, tried, timelessHost };
    }
    if (verdict.kind === 'timeless') timelessHost = verdict.host;
    tried.push({ rung, stage: stageOf(verdict), error: verdict.error });
  }
  return doubtful === undefined ? { kind: 'failed', tried, error: tried.at(-1)?.error } : { ...doubtful, tried };
}

/** Of a later set: the doubtful one has it. An index that is down says nothing about either. */
function isMissingModule(error: unknown): boolean {
  return error instanceof ToolError && error.code === 'MODULE_NOT_FOUND';
}

function stageOf(verdict: Verdict<unknown>): Try['stage'] {
  if (verdict.kind === 'bad') return verdict.stage;
  return verdict.kind === 'doubtful' ? 'runs' : 'resolves';
}

/** Newer frame packages do not mend what was installed and does not import. */
function isWorthwhile(rung: Rung, tried: readonly Try[]): boolean {
  const before = tried.at(-1);
  return rung.framesAt === null || before?.rung.at !== rung.at || before.stage === 'resolves';
}
