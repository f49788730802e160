import * as z from 'zod/mini';

const ImportSchema = z.object({
  /** `yaml`, `google.cloud.storage` */
  module: z.string(),
  /** What is taken from it: `from flask import Flask`. */
  names: z.array(z.string()),
  /** Where, relative to the application's folder. */
  file: z.string(),
  line: z.number(),
  /** Whether it always runs when the application is started. */
  guard: z.enum(['none', 'guarded', 'function', 'condition', 'typing']),
});

export const FoundImportsSchema = z.object({
  imports: z.array(ImportSchema),
  /** What was read: the entry and the modules of the source that it imports. */
  files: z.array(z.string()),
  /** Calls that add to what can be imported while the job runs: `sc.addPyFile(…)`, `sys.path.append(…)`. */
  changes: z.array(z.object({ file: z.string(), line: z.number(), call: z.string() })),
});

/** An import of what is neither in the standard library nor in the source nor Spark's. */
export type FoundImport = Readonly<z.infer<typeof ImportSchema>>;
export type FoundImports = Readonly<z.infer<typeof FoundImportsSchema>>;

/** How the import of one module went. */
export interface Loaded {
  /** `missing`: there is no such module. `broken`: there is, and it does not load. */
  readonly state: 'there' | 'missing' | 'broken';
  /** `ImportError: cannot import name 'escape' from 'jinja2'`; `null` for what is there. */
  readonly problem: string | null;
  /** The module that was not found, if that was it. */
  readonly lacks: string | null;
  /** The folder that it is in. */
  readonly place: string | null;
}

export interface LoadedImports {
  /** By module and names, in the order of `FoundImports.imports`. */
  readonly loaded: readonly Loaded[];
  /** Distribution and version, by top-level module. */
  readonly owners: Readonly<Record<string, readonly [name: string, version: string]>>;
  /** Names that the standard library of this Python lacks, and where what was loaded uses them. */
  readonly removed: readonly { readonly module: string; readonly line: number; readonly uses: string }[];
}
