/** What `git ls-remote --symref` tells. */
export interface RemoteRefs {
  /** Full ref name → the commit it is at; annotated tags are already followed. */
  readonly commits: ReadonlyMap<string, string>;
  /** The branch that HEAD names: `main`; `null` when the server does not say. */
  readonly defaultBranch: string | null;
}

/** Source: https://git-scm.com/docs/git-ls-remote#_output */
export function parseRemoteRefs(output: string): RemoteRefs {
  const commits = new Map<string, string>();
  let defaultBranch: string | null = null;
  for (const line of output.split('\n')) {
    const [value, name] = line.split('\t');
    if (value === undefined || name === undefined) continue;
    const branch = /^ref: refs\/heads\/(.+)$/.exec(value)?.[1];
    if (branch !== undefined) defaultBranch = branch;
    // A peeled line comes right after its tag and replaces it.
    else commits.set(name.replace(/\^\{\}$/, ''), value);
  }
  return { commits, defaultBranch };
}

/** Branches and tags by the names that people use. */
export function shortNames(refs: RemoteRefs): readonly string[] {
  return [...refs.commits.keys()].flatMap((name) => /^refs\/(?:heads|tags)\/(.+)$/.exec(name)?.[1] ?? []);
}
