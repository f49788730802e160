import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { errorMessage, ToolError } from '../../runtime/core/errors.ts';
import { writingTo } from '../../runtime/platform/file-errors.ts';
import { guardDirectory } from '../../runtime/platform/local/guard-directory.ts';
import { type GuardOptions, type Guards, startGuards } from '../../runtime/platform/local/guards.ts';
import { type SweptRun, sweepRun } from '../../runtime/platform/local/sweep.ts';

/** A run's directory, which somebody else deletes, with all that the run has, should this process be killed. */
export interface GuardedRun extends AsyncDisposable {
  readonly leaseDirectory: string;
  /** Whether it has been taken away from us already. */
  isLost(): boolean;
}

export interface GuardedRunInput {
  readonly run: string;
  readonly stateFolder: string;
  /** Node and the launcher's bundle, which sweeps. */
  readonly node: string;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of this process. */
  readonly pid: number;
  readonly onLost: GuardOptions['onLost'];
}

/** Makes the directory of a run that launches nothing; its guards watch from now on. Disposing ends the processes that the run has left, deletes
 *  the directory, and lets the guards go whatever came of that: what could not be deleted is a notice, and never takes a result away.
 *  @throws {ToolError} LAUNCHER_FAILED when the guards do not start; FOLDER_READ_ONLY, DISK_FULL */
export async function guardRun(input: GuardedRunInput, ctx: Ctx): Promise<GuardedRun> {
  const { run, stateFolder, pid } = input;
  const leaseDirectory = join(stateFolder, 'runs', run);
  const guards = await writingTo(stateFolder, 'keep runs', () =>
    guardDirectory({ leaseDirectory, pid }, (onStart) => start(input, onStart, ctx)),
  );
  return {
    leaseDirectory,
    isLost: () => !existsSync(leaseDirectory),
    [Symbol.asyncDispose]: async () => {
      const left = await clearAway({ run, leaseDirectory, stateFolder });
      await guards.release();
      for (const what of left)
        ctx.emit({ type: 'notice', level: 'warning', message: `Cannot delete what was made: ${what}` });
    },
  };
}

async function start(
  { run, stateFolder, node, program, env, onLost }: GuardedRunInput,
  onStart: GuardOptions['onStart'],
  ctx: Ctx,
): Promise<Guards> {
  const sweep = [node, program, 'sweep', run, stateFolder] as const;
  return startGuards({ sweep, env, onStart, onLost }, ctx.signal).catch((cause: unknown) => {
    ctx.signal.throwIfAborted();
    throw new ToolError('LAUNCHER_FAILED', `Cannot guard what the command makes: ${errorMessage(cause)}`, {
      cause,
      hint: 'See whether this machine lets you start another process',
    });
  });
}

/** Gives what is left, in words. */
async function clearAway(swept: SweptRun): Promise<readonly string[]> {
  try {
    const left = await sweepRun(swept);
    await rm(swept.leaseDirectory, { recursive: true, force: true });
    return left;
  } catch (error) {
    return [`folder ${swept.leaseDirectory}: ${errorMessage(error)}`];
  }
}
