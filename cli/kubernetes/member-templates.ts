import type { Resources } from '../../runtime/core/cluster.ts';
import { MEBIBYTE } from '../../runtime/core/quantity.ts';
import type { MemberPods, PodTemplate } from '../../runtime/platform/kubernetes/member-pods.ts';
import { renderObjects } from '../../templates/render.ts';
import { formatBytes, formatCpu } from './quantities.ts';

export interface MembersWanted {
  /** By which nodes know it. */
  readonly image: string;
  readonly worker: Resources;
  /** Names of Secrets. */
  readonly pullSecrets: readonly string[];
}

/** For a JVM with a heap of 512 MiB, and the small one that guards it. */
const MASTER_BYTES = 896 * MEBIBYTE;
const MASTER_MILLICORES = 100;

/** What the pods of a cluster are made of, as its launcher gets it. `root`: the folder of this program. */
export async function memberTemplates(
  root: string,
  { image, worker, pullSecrets }: MembersWanted,
): Promise<MemberPods> {
  const common = { image, labels: {}, pullSecrets, env: [] };
  const of = async (values: Parameters<typeof renderObjects<'member'>>[2]): Promise<PodTemplate> => {
    const [pod] = await renderObjects(root, 'member', values);
    if (pod === undefined) throw new Error('a template of nothing');
    return pod;
  };
  return {
    // It starts at full speed, and has next to nothing to do then.
    master: await of({
      ...{ ...common, role: 'master', memory: formatBytes(MASTER_BYTES) },
      ...{ cpuRequest: formatCpu(MASTER_MILLICORES), cpuLimit: null },
    }),
    worker: await of({
      ...{ ...common, role: 'worker', memory: formatBytes(worker.memoryBytes) },
      ...{ cpuRequest: formatCpu(worker.millicores), cpuLimit: formatCpu(worker.millicores) },
    }),
  };
}
