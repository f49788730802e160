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
export function changeDeployment<T>(change: DeploymentChange, work: () => Promise<T>, ctx: Ctx): Promise<T> {
  const path = lockPath(change);
  const whileHeld = async (): Promise<void> => {
    const holder = await livingHolder(path);
    if (holder !== undefined) throw busy(change, holder);
  };
  return locked({ path, deadlineMs: CHANGE_DEADLINE_MS, whileHeld }, change, work, ctx);
}

/** The same until what it gives is disposed, for work that learns the name only on its way.
 *  @throws {ToolError} DEPLOYMENT_BUSY */
export async function holdDeployment(change: DeploymentChange, ctx: Ctx): Promise<AsyncDisposable> {
  const held = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const hold = (): Promise<void> => {
    held.resolve();
    return over.promise;
  };
  const holding = changeDeployment(change, hold, ctx);
  await Promise.race([held.promise, holding]);
  return {
    [Symbol.asyncDispose]: () => {
      over.resolve();
      return holding;
    },
  };
}

/** Does `work` while no other command of this machine starts or stops runs of the application; for moments, and waited for.
 *  @throws {ToolError} DEPLOYMENT_BUSY */
export function changeRuns<T>(change: DeploymentChange, work: () => Promise<T>, ctx: Ctx): Promise<T> {
  return locked({ path: runsLockPath(change), deadlineMs: RUNS_DEADLINE_MS }, change, work, ctx);
}

/** Whether some command deploys, rolls back or deletes the application right now. */
export async function isBeingChanged(place: LockPlace): Promise<boolean> {
  return (await livingHolder(lockPath(place))) !== undefined;
}

/** Whether some process other than `pid` is starting or stopping a run of the application right now. */
export async function isStartedByAnother(place: LockPlace, pid: number): Promise<boolean> {
  const holder = await livingHolder(runsLockPath(place));
  return holder !== undefined && holder.pid !== pid;
}

/** A lock of a killed process is taken over after five seconds. */
const CHANGE_DEADLINE_MS = 10_000;
const RUNS_DEADLINE_MS = 2 * 60_000;
/** A living holder renews its lock every 1.5 s: an older one is of before the machine was restarted. */
const FORGOTTEN_MS = 15_000;

type LockPlace = Pick<DeploymentChange, 'stateFolder' | 'name'>;

function lockPath({ stateFolder, name }: LockPlace): string {
  return join(stateFolder, 'locks', `deployment-${name}`);
}

function runsLockPath(place: LockPlace): string {
  // No name has a dot: it is nobody else's.
  return `${lockPath(place)}.runs`;
}

async function locked<T>(
  how: Pick<Lock, 'path' | 'deadlineMs' | 'whileHeld'>,
  change: DeploymentChange,
  work: () => Promise<T>,
  ctx: Ctx,
): Promise<T> {
  const { name, pid, verb } = change;
  const { path } = how;
  let hasLock = false;
  const underLock = async (): Promise<T> => {
    hasLock = true;
    try {
      return await work();
    } finally {
      // It only says who holds the lock, and has to go before the next one writes his: what is deleted leaves nothing.
      await rm(path, { force: true });
    }
  };
  try {
    const lock: Lock = { ...how, holder: `${pid} ${verb}`, what: `change "${name}"`, step: 'rollout' };
    return await withLock(lock, underLock, ctx);
  } catch (error) {
    if (hasLock || !(error instanceof ToolError) || error.code !== 'LOCK_TIMEOUT') throw error;
    throw busy(change, await livingHolder(path));
  }
}

interface Holder {
  readonly pid: number;
  readonly verb: string;
}

/** Who holds the lock; `undefined` where nobody does, or whoever did is gone. */
async function livingHolder(path: string): Promise<Holder | undefined> {
  const lock = await stat(`${path}.lock`).catch(() => undefined);
  if (lock === undefined || Date.now() - lock.mtimeMs > FORGOTTEN_MS) return undefined;
  const [, text, verb] = /^(\d+) (.+)$/.exec(await readFile(path, 'utf8').catch(() => '')) ?? [];
  if (text === undefined || verb === undefined) return undefined;
  const pid = Number(text);
  return (await findProcess(pid)) === undefined ? undefined : { pid, verb };
}

function busy({ name, verb }: DeploymentChange, holder: Holder | undefined): ToolError {
  const doing = holder === undefined ? 'change it' : `${holder.verb} it (process ${holder.pid})`;
  return new ToolError('DEPLOYMENT_BUSY', `Cannot ${verb} "${name}": another hibana is about to ${doing}`, {
    details: { name },
  });
}
