import type { AppDescriptor } from '../runtime/core/app.ts';

/** A source tree as a builder sees it: what is left after the ignore files, and nothing outside. */
export interface TreeView {
  /** Paths of regular files relative to the tree's root, with `/`, sorted. */
  readonly files: readonly string[];
  /** The text of a file; `undefined` when it is not in `files`, is not UTF-8, or is larger than 1 MiB. */
  readText(path: string): string | undefined;
}

/** What the user said, whichever way: flags over environment over hibana.yaml over the user's own file. */
export interface PlanOptions {
  readonly name: string;
  readonly kind: 'job' | 'service';
  /** `--app-file`, `APP_FILE`, `main:`; `null` when nobody said. */
  readonly entry: string | null;
  readonly mainClass: string | null;
  /** `4.2`, `4.2.0`; `null` lets the requirements choose. */
  readonly spark: string | null;
  /** The release of the builder image: taken wherever nobody asks for another. Default none: there is any. */
  readonly offeredSpark?: string;
  /** `3.12` or a path; `null` takes the machine's. */
  readonly python: string | null;
  readonly args: readonly string[];
  readonly conf: Readonly<Record<string, string>>;
  readonly packages: readonly string[];
  readonly jars: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number | null;
  readonly exclude: readonly string[];
}

/** What to install, as one text each: every `-r`, `-c` and editor's variant is resolved while planning. */
export type DependencyInput =
  | {
      readonly kind: 'requirements';
      /** In the format of requirements.txt, without pyspark, without `-r` and `-c`. */
      readonly requirements: string;
      readonly constraints: string;
      readonly requireHashes: boolean;
      /** The files it was made from. */
      readonly files: readonly string[];
    }
  | { readonly kind: 'uv-lock'; readonly files: readonly ['pyproject.toml', 'uv.lock'] };

/** Plain JSON with a schema version. What `plan` prints is what `run` and `build` do. */
export interface BuildPlan {
  readonly version: 1;
  readonly builder: string;
  readonly app: AppDescriptor;
  /** Where the requirements are that chose its Spark: `requirements.txt:5`; `null` where none of them says anything, or somebody asked for one. */
  readonly sparkFrom: string | null;
  /** As in PlanOptions. */
  readonly python: string | null;
  readonly dependencies: DependencyInput | null;
  /** Folders of the tree that Python imports from, relative to its root: `.`, `src`. */
  readonly pythonPath: readonly string[];
  /** The folder with Spark's own configuration files, relative; `null` when the source has none. */
  readonly sparkConf: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly exclude: readonly string[];
  /** What the user should know about this plan, a sentence each. */
  readonly notices: readonly string[];
}

export interface Detection {
  /** Why this builder thinks that the tree is its own: `app.py`. */
  readonly because: string;
}

export interface Builder {
  readonly name: string;
  /** `null`: not this builder's. */
  detect(tree: TreeView): Detection | null;
  /** @throws {ToolError} ENTRY_NOT_FOUND, ENTRY_AMBIGUOUS, REQUIREMENTS_INVALID, SPARK_UNSUPPORTED */
  plan(tree: TreeView, options: PlanOptions): BuildPlan;
}
