import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { findProcess } from '../../runtime/platform/local/process-table.ts';
import { type Lock, withLock } from '../packages/lock.ts';

export interface DeploymentChange {
  readonly stateFolder: string;
  readonly name: string;
  readonly pid: number;
  /** What is done, for whoever comes meanwhile: `deploy`, `delete`. */
  readonly verb: string;
}

/** Does `work` while no other command of this machine deploys, rolls back or deletes the application. Whoever comes second is told at once; only
 *  the lock of a process that was killed is waited for.
 *  @throws {ToolError} DEPLOYMENT_BUSY */
export async function changeDeployment<T>(change: DeploymentChange, work: () => Promise<T>, ctx: Ctx): Promise<T> {
  const path = lockPath(change.stateFolder, change.name);
  const holder = await livingHolder(path);
  if (holder !== undefined) throw busy(change, holder);
  return locked(path, change, CHANGE_DEADLINE_MS, work, ctx);
}

/** Does `work` while no other command of this machine starts or stops runs of the application; for moments, and waited for.
 *  @throws {ToolError} DEPLOYMENT_BUSY */
export function changeRuns<T>(change: DeploymentChange, work: () => Promise<T>, ctx: Ctx): Promise<T> {
  return locked(`${lockPath(change.stateFolder, change.name)}-runs`, change, RUNS_DEADLINE_MS, work, ctx);
}

/** Whether some command is changing the application, or starting a run of it, right now. */
export async function isBeingChanged(stateFolder: string, name: string): Promise<boolean> {
  const path = lockPath(stateFolder, name);
  const holders = await Promise.all([livingHolder(path), livingHolder(`${path}-runs`)]);
  return holders.some((holder) => holder !== undefined);
}

/** A lock of a killed process is taken over after five seconds. */
const CHANGE_DEADLINE_MS = 10_000;
const RUNS_DEADLINE_MS = 2 * 60_000;
/** A living holder renews its lock every 1.5 s: an older one is of before the machine was restarted. */
const FORGOTTEN_MS = 15_000;

function lockPath(stateFolder: string, name: string): string {
  return join(stateFolder, 'locks', `deployment-${name}`);
}

async function locked<T>(
  path: string,
  change: DeploymentChange,
  deadlineMs: number,
  work: () => Promise<T>,
  ctx: Ctx,
): Promise<T> {
  const { name, pid, verb } = change;
  const lock: Lock = { path, holder: `${pid} ${verb}`, what: `change "${name}"`, step: 'rollout', deadlineMs };
  let hasLock = false;
  const underLock = (): Promise<T> => {
    hasLock = true;
    return work();
  };
  try {
    return await withLock(lock, underLock, ctx);
  } catch (error) {
    if (hasLock || !(error instanceof ToolError) || error.code !== 'LOCK_TIMEOUT') throw error;
    throw busy(change, (await livingHolder(path)) ?? 'change it');
  } finally {
    // It only says who holds the lock: what is deleted leaves nothing.
    if (hasLock) await rm(path, { force: true });
  }
}

/** What the holder of the lock is doing; `undefined` where nobody holds it, or whoever did is gone. */
async function livingHolder(path: string): Promise<string | undefined> {
  const lock = await stat(`${path}.lock`).catch(() => undefined);
  if (lock === undefined || Date.now() - lock.mtimeMs > FORGOTTEN_MS) return undefined;
  const [, pid, verb] = /^(\d+) (.+)$/.exec(await readFile(path, 'utf8').catch(() => '')) ?? [];
  const isAlive = pid !== undefined && (await findProcess(Number(pid))) !== undefined;
  return isAlive ? `${verb} it (process ${pid})` : undefined;
}

function busy({ name, verb }: DeploymentChange, holder: string): ToolError {
  return new ToolError('DEPLOYMENT_BUSY', `Cannot ${verb} "${name}": another hibana is about to ${holder}`, {
    details: { name },
  });
}
