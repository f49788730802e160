import type { ClusterChoice, ClusterShare } from './cluster.ts';
import { PATIENT_JOB } from './patience.ts';
import type { Properties } from './properties.ts';
import { executorHeapBytes, formatMemory } from './quantity.ts';

/** What a job takes of the cluster it gets. An own worker is one executor's alone; of a shared cluster a job takes a bounded share,
 *  without which Spark would give it every core there is and leave nothing to others. */
export function clusterProperties(choice: ClusterChoice): Properties {
  switch (choice.kind) {
    case 'ephemeral':
      return {
        ...PATIENT_JOB,
        'spark.executor.memory': formatMemory(executorHeapBytes(choice.spec.worker.memoryBytes)),
      };
    case 'attach':
      return { ...PATIENT_JOB, ...shareProperties(choice.share) };
    case 'url':
      return shareProperties(choice.share);
    case 'local':
      return PATIENT_JOB;
    case 'connect':
      return {};
  }
}

/** The cores of one executor, and of all. */
export function coresOf({ executors, executor }: ClusterShare): { readonly each: number; readonly all: number } {
  const each = Math.ceil(executor.millicores / 1_000);
  return { each, all: executors * each };
}

function shareProperties(share: ClusterShare): Properties {
  const cores = coresOf(share);
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
