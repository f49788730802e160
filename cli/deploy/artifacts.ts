import type { Ctx } from '../../runtime/core/context.ts';
import type { Revision } from './records.ts';

/** What of a revision tells where it runs from. */
export type RunsFrom = Pick<Revision, 'application' | 'artifact' | 'docker'>;

/** What the revisions of an application run from, beside their records. */
export interface Artifacts {
  /** Deletes what only other revisions of the application run from than the `wanted` ones. `known` are those by which it is known where to look, the wanted ones among
   *  them. What cannot be deleted is left, with a notice: never rejects. */
  keepOnly(kept: KeptArtifacts, ctx: Ctx): Promise<void>;
}

export interface KeptArtifacts {
  readonly name: string;
  readonly wanted: readonly (RunsFrom & Pick<Revision, 'revision'>)[];
  readonly known: readonly RunsFrom[];
}

/** Those of several places as one. */
export function joinArtifacts(all: readonly Artifacts[]): Artifacts {
  return {
    keepOnly: async (kept, ctx) => {
      await Promise.all(all.map((artifacts) => artifacts.keepOnly(kept, ctx)));
    },
  };
}
