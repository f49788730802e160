import type { ClusterShare } from '../core/cluster.ts';
import { clusterProperties, coresOf } from '../core/cluster-properties.ts';
import { checkCoresInAll, coresText } from '../core/executor-fit.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import type { Properties } from '../core/properties.ts';
import { formatMemory, MEBIBYTE, sparkMemoryBytes } from '../core/quantity.ts';
import { askedProperties } from '../core/submit-args.ts';
import type { Room } from '../platform/attach/await-room.ts';

/** What a job takes of a cluster of others, by the properties that its Spark will have. */
export interface JobShare {
  readonly executor: Room;
  readonly allCores: number;
}

/** @throws {ToolError} QUANTITY_INVALID for memory that cannot be read, and for executors that Spark would never start */
export function jobShare(request: LaunchRequest, share: ClusterShare, sparkDefaults: Properties): JobShare {
  const asked = askedProperties(request, sparkDefaults);
  const { each, all } = coresOf(share, asked);
  checkCoresInAll({ each, all });
  const heap = asked[MEMORY] ?? clusterProperties(request.cluster)[MEMORY] ?? '1g';
  return {
    executor: {
      cores: each,
      mebibytes: Math.ceil(sparkMemoryBytes(heap) / MEBIBYTE),
      memory:
        asked[MEMORY] === undefined
          ? { text: formatMemory(share.executor.memoryBytes), kind: 'all' }
          : { text: asked[MEMORY], kind: 'heap' },
    },
    allCores: all,
  };
}

const MEMORY = 'spark.executor.memory';

/** `2 cores, executors with 1 core and 1g` */
export function describeShare({ executor, allCores }: JobShare): string {
  return `${coresText(allCores)}, executors with ${coresText(executor.cores)} and ${executor.memory.text}`;
}
