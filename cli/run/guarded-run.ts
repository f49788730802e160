import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { guardDirectory } from '../../runtime/platform/local/guard-directory.ts';
import { type GuardOptions, startGuards } from '../../runtime/platform/local/guards.ts';
import { sweepRun } from '../../runtime/platform/local/sweep.ts';

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
 *  the directory, and then lets the guards go.
 *  @throws {ToolError} LAUNCHER_FAILED when the guards do not start, or the directory cannot be made */
export async function guardRun({
  run,
  stateFolder,
  node,
  program,
  env,
  pid,
  onLost,
}: GuardedRunInput): Promise<GuardedRun> {
  const leaseDirectory = join(stateFolder, 'runs', run);
  const sweep = [node, program, 'sweep', run, stateFolder] as const;
  const guards = await guardDirectory({ leaseDirectory, pid }, (onStart) =>
    startGuards({ sweep, env, onStart, onLost }),
  ).catch((cause: unknown) => {
    throw new ToolError('LAUNCHER_FAILED', 'Cannot guard what the command makes', { cause });
  });
  return {
    leaseDirectory,
    isLost: () => !existsSync(leaseDirectory),
    [Symbol.asyncDispose]: async () => {
      await sweepRun({ run, leaseDirectory, stateFolder });
      await rm(leaseDirectory, { recursive: true, force: true });
      await guards.release();
    },
  };
}
