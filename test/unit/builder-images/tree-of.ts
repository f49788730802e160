import type { PlanOptions, TreeView } from '../../../builder-images/builder.ts';

/** A tree in memory: path → text. */
export function treeOf(texts: Readonly<Record<string, string>>): TreeView {
  return {
    files: Object.keys(texts).toSorted(),
    readText: (path) => (Object.hasOwn(texts, path) ? texts[path] : undefined),
  };
}

export function planOptions(said: Partial<PlanOptions> = {}): PlanOptions {
  return {
    name: 'app',
    kind: 'job',
    entry: null,
    mainClass: null,
    spark: null,
    python: null,
    args: [],
    conf: {},
    packages: [],
    jars: [],
    env: {},
    port: null,
    exclude: [],
    ...said,
  };
}
