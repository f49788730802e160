import type { Resources } from '../../runtime/core/cluster.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { Properties } from '../../runtime/core/properties.ts';
import { formatMemory, GIBIBYTE, sparkMemoryBytes } from '../../runtime/core/quantity.ts';
import { isSized } from './executor-fit.ts';
import type { Settings } from './settings.ts';

/** Refuses a run whose worker this machine could never hold, and gives what to say of one whose members it may not hold together.
 *  @throws {ToolError} WORKER_TOO_LARGE */
export function checkMachine(settings: Settings, sparkDefaults: Properties, machineBytes: number): CrowdWarning | null {
  const wanted = wantedMemory(settings, sparkDefaults);
  if (wanted === null) return null;
  checkWorkerFits(wanted.worker, machineBytes);
  return crowdWarning(wanted, machineBytes);
}

/** Refuses a worker that may use more than all that the machine has.
 *  @throws {ToolError} WORKER_TOO_LARGE */
export function checkWorkerFits({ memoryBytes }: Resources, machineBytes: number): void {
  if (memoryBytes <= machineBytes) return;
  throw new ToolError(
    'WORKER_TOO_LARGE',
    `Cannot give a worker ${formatMemory(memoryBytes)} of memory: this machine has ${inGibibytes(machineBytes)}`,
    { details: { memoryBytes, machineBytes } },
  );
}

/** What the members of a cluster on this machine may use. */
export interface WantedMemory {
  readonly workers: number;
  readonly worker: Resources;
  /** 0: there is none yet. */
  readonly driverBytes: number;
}

export interface CrowdWarning {
  readonly level: 'warning';
  readonly message: string;
  readonly hint: string;
}

/** What to say where all together may use more than the machine has; `null`: nothing. No error, since few of them ever use all they may. */
export function crowdWarning(
  { workers, worker, driverBytes }: WantedMemory,
  machineBytes: number,
): CrowdWarning | null {
  const sum = workers * worker.memoryBytes + driverBytes;
  if (sum <= machineBytes) return null;
  const size = formatMemory(worker.memoryBytes);
  const members = workers === 1 ? `A worker with ${size}` : `${workers} workers with ${size} each`;
  const driver = driverBytes === 0 ? '' : ` and a driver with ${formatMemory(driverBytes)}`;
  return {
    level: 'warning',
    message: `${members}${driver} may use ${inGibibytes(sum)} of memory, and this machine has ${inGibibytes(machineBytes)}`,
    hint: 'Ask for fewer workers, or for less with --worker-memory',
  };
}

/** What a run by these settings may use; `null` where its workers are not ours to size. */
export function wantedMemory({ cluster, plan, submit }: Settings, sparkDefaults: Properties): WantedMemory | null {
  if (!isSized(cluster.target)) return null;
  const driver = { ...sparkDefaults, ...plan.conf, ...submit.conf }['spark.driver.memory'];
  return { ...cluster, driverBytes: driver === undefined ? GIBIBYTE : sparkMemoryBytes(driver) };
}

function inGibibytes(bytes: number): string {
  return `${(bytes / GIBIBYTE).toFixed(1)}g`;
}
