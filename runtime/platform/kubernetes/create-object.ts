import type { KubernetesObject } from '@kubernetes/client-node';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { LABELS } from '../../core/labels.ts';
import { CONFLICT, isPassing, statusOf } from './kubernetes-errors.ts';
import { retrying } from './retry.ts';

export interface ObjectCreation<T extends KubernetesObject> {
  /** `the pod "etl-1-master"` */
  readonly what: string;
  readonly body: T;
  readonly create: (body: T) => Promise<T>;
  readonly read: () => Promise<T>;
}

/** Creates an object. One that is there already, since a call succeeded of which no answer came, is ours by the mark that each call gives what it makes.
 *  @throws {ToolError} CLUSTER_EXISTS where it is another cluster's of this name, NAME_TAKEN where it is somebody else's; as retrying */
export async function createObject<T extends KubernetesObject>(creation: ObjectCreation<T>, ctx: Ctx): Promise<T> {
  const { what, body, create, read } = creation;
  const isTaken = (error: unknown): boolean => statusOf(error) === CONFLICT && !isPassing(error);
  const mark = crypto.randomUUID();
  const marked = {
    ...body,
    metadata: { ...body.metadata, annotations: { ...body.metadata?.annotations, [MARK]: mark } },
  };
  try {
    return await retrying(`create ${what}`, () => create(marked), ctx, isTaken);
  } catch (error) {
    if (!isTaken(error)) throw error;
    const there = await retrying(`read ${what}`, read, ctx);
    if (there.metadata?.annotations?.[MARK] === mark) return there;
    const cluster = there.metadata?.labels?.[LABELS.cluster];
    if (cluster !== undefined && cluster === body.metadata?.labels?.[LABELS.cluster]) {
      throw new ToolError('CLUSTER_EXISTS', `Cannot create the cluster "${cluster}": there is one of this name`, {
        cause: error,
      });
    }
    throw new ToolError('NAME_TAKEN', `Cannot create ${what}: there is one that is somebody else's`, { cause: error });
  }
}

const MARK = 'hibana.dev/created-by-call';
