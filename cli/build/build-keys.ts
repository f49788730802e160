import type { BuildPlan } from '../../builder-images/builder.ts';
import type { AppDescriptor } from '../../runtime/core/app.ts';
import { hashOf } from './content-hash.ts';

/** What an image is made of, as far as one knows it before anything is fetched. */
export interface RequestFacts {
  readonly source: {
    /** Without credentials. */
    readonly url: string;
    /** The whole id. */
    readonly commit: string;
    readonly contextDir: string | null;
    readonly submodules: boolean;
    readonly lfs: boolean;
  };
  /** What flags, environment and the user's own file say of the application; never which tag the image gets, or where it goes. */
  readonly options: unknown;
  readonly build: BuildFacts;
}

/** What decides the image beside its source and its plan. */
export interface BuildFacts {
  /** Of the builder: an index's, where it is one. */
  readonly builder: string;
  /** `amd64`, sorted. */
  readonly platforms: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly buildEnv: Readonly<Record<string, string>>;
  /** hibana's own version. */
  readonly tool: string;
  /** The digest of the launcher that goes into the image. */
  readonly launcher: string;
}

/** Changes when the same facts make another image. */
const FORMAT = 1;

/** What a request to build is known by: two of one key make the same image, whatever time, folder, user and tag. */
export function requestKey(facts: RequestFacts): string {
  return hashOf({ format: FORMAT, ...facts });
}

export interface PlanFacts {
  readonly app: AppDescriptor;
  readonly plan: Pick<BuildPlan, 'builder' | 'pythonPath' | 'sparkConf'>;
  /** What each layer has in it, by its key. */
  readonly layers: readonly { readonly kind: string; readonly key: string }[];
  readonly build: BuildFacts;
}

/** What an image is known by when its content is: a commit that changed nothing of it has the key of the one before. */
export function planKey(facts: PlanFacts): string {
  return hashOf({ format: FORMAT, ...facts });
}
