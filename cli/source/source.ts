/** Where an application comes from: one grammar for every command. */
export type Source =
  | {
      readonly kind: 'git';
      /** Without `#ref` and without credentials. */
      readonly url: string;
      /** Branch, tag or commit; `null` is the server's HEAD. */
      readonly ref: string | null;
      readonly contextDir: string | null;
    }
  | { readonly kind: 'directory'; readonly path: string; readonly contextDir: string | null }
  | { readonly kind: 'template'; readonly name: string };

/** An opened source. Disposing it deletes what opening it created, and nothing else. */
export interface SourceTree extends AsyncDisposable {
  /** The context directory: the application's folder. */
  readonly dir: string;
  /** The full commit id; `null` for a directory or a template. */
  readonly commit: string | null;
  /** The committer's time, ISO 8601; `null` also for one that cannot be read. */
  readonly commitTime: string | null;
  /** For people: `main @ 3f2c1ab "Fix the join"`, `./etl`, `template pi`. */
  readonly description: string;
}
