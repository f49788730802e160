import type { ClusterChoice, ClusterShare } from './cluster.ts';
import { PATIENT_JOB } from './patience.ts';
import type { Properties } from './properties.ts';
import { executorHeapBytes, formatMemory } from './quantity.ts';

/** What a job takes of the cluster it gets, where `asked` does not say. An own worker is one executor's alone; of a shared cluster a job takes a bounded
 *  share, without which Spark would give it every core there is and leave nothing to others. */
export function clusterProperties(choice: ClusterChoice, asked: Properties = {}): Properties {
  switch (choice.kind) {
    case 'ephemeral':
      return {
        ...PATIENT_JOB,
        'spark.executor.memory': formatMemory(executorHeapBytes(choice.spec.worker.memoryBytes)),
      };
    case 'attach':
      return { ...PATIENT_JOB, ...shareProperties(choice.share, asked) };
    case 'url':
      return shareProperties(choice.share, asked);
    case 'local':
      return PATIENT_JOB;
    case 'connect':
      return {};
  }
}

export interface Cores {
  readonly each: number;
  readonly all: number;
}

/** The cores of one executor, and of all: as many executors as the share says, whatever their size, where nobody says otherwise. What is no number is for
 *  Spark to refuse. */
export function coresOf({ executors, executor }: ClusterShare, asked: Properties = {}): Cores {
  const each = wholeNumber(asked['spark.executor.cores']) ?? Math.ceil(executor.millicores / 1_000);
  return { each, all: wholeNumber(asked['spark.cores.max']) ?? executors * each };
}

/** What Spark takes as a number of cores; `undefined` for anything else. */
export function wholeNumber(text = ''): number | undefined {
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function shareProperties(share: ClusterShare, asked: Properties): Properties {
  const cores = coresOf(share, asked);
  return {
    'spark.executor.memory': formatMemory(executorHeapBytes(share.executor.memoryBytes)),
    'spark.executor.cores': String(cores.each),
    'spark.cores.max': String(cores.all),
  };
}

/** How a run calls its cluster: in its outcome and to people. `null`: it has none. Without what may be a token. */
export function clusterLabel(choice: ClusterChoice): string | null {
  switch (choice.kind) {
    case 'ephemeral':
      return choice.spec.name;
    case 'attach':
      return choice.name;
    case 'url':
      return choice.master;
    case 'connect':
      return choice.remote.replace(/^(sc:\/\/[^/]*).*$/, '$1');
    case 'local':
      return null;
  }
}
