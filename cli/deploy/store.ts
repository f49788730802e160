import type { DeploymentRecord, Revision, Run } from './records.ts';

/** Where what is deployed is on record: an application has revisions (what) and runs (when). Whoever reads sees whole records only, however many
 *  write, and whatever kills them. */
export interface DeploymentStore {
  /** The applications that have a revision, by name; `only`: that one, where it is among them, without looking at the others. */
  names(only?: string): Promise<readonly string[]>;
  /** Newest first, beginning with number `from` where it is given; none for an unknown name. Only what is asked for is read.
   *  @throws {ToolError} RECORD_UNREADABLE at the record that a newer hibana has written, or that is damaged */
  revisions(name: string, from?: number): AsyncIterable<Revision>;
  /** Newest first, by the time at which they were started; `running`: only those whose end is not on record, without reading the others.
   *  @throws {ToolError} as revisions */
  runs(name: string, which?: 'all' | 'running'): AsyncIterable<Run>;
  /** Keeps a record. `new`: gives `false`, and changes nothing, where there is a revision of this number or a run of this id already.
   *  `replace`: likewise where there is none, or none any more.
   *  @throws {ToolError} DISK_FULL, FOLDER_READ_ONLY */
  put(record: DeploymentRecord, mode: 'new' | 'replace'): Promise<boolean>;
  /** Forgets an application with all its records. Idempotent. */
  delete(name: string): Promise<void>;
}

export async function findRevision(
  store: DeploymentStore,
  name: string,
  isWanted: (revision: Revision) => boolean,
): Promise<Revision | undefined> {
  for await (const revision of store.revisions(name)) if (isWanted(revision)) return revision;
  return undefined;
}

/** The one that counts: what `start` runs, and what a service should be. */
export function liveRevision(store: DeploymentStore, name: string): Promise<Revision | undefined> {
  return findRevision(store, name, ({ status }) => status === 'live');
}

export async function findRun(store: DeploymentStore, name: string, id: string): Promise<Run | undefined> {
  for await (const run of store.runs(name)) if (run.run === id) return run;
  return undefined;
}
