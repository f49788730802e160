import {
  type DeploymentRecord,
  formatRecord,
  isRun,
  parseRevision,
  parseRun,
  type Revision,
  type Run,
} from '../../cli/deploy/records.ts';
import type { DeploymentStore } from '../../cli/deploy/store.ts';

/** Records in memory, kept as the text that a file would have. Passes the same contract as the files. */
export class MemoryDeployments implements DeploymentStore {
  readonly #texts = new Map<string, string>();

  async names(only?: string): Promise<readonly string[]> {
    const keys = [...this.#texts.keys()].filter((key) => key.includes('/revisions/'));
    const names = [...new Set(keys.map((key) => key.split('/')[0] ?? ''))].sort();
    return names.filter((name) => only === undefined || name === only);
  }

  async *revisions(name: string, from = Number.POSITIVE_INFINITY): AsyncIterable<Revision> {
    const all = this.#of(name, 'revisions').map((text) => parseRevision(text, name));
    yield* all.filter(({ revision }) => revision <= from).sort((a, b) => b.revision - a.revision);
  }

  async *runs(name: string, which: 'all' | 'running' = 'all'): AsyncIterable<Run> {
    const all = this.#of(name, 'runs').map((text) => parseRun(text, name));
    const wanted = all.filter(({ status }) => which === 'all' || status === 'running');
    yield* wanted.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  }

  async put(record: DeploymentRecord, mode: 'new' | 'replace'): Promise<boolean> {
    const key = `${record.application}/${isRun(record) ? `runs/${record.run}` : `revisions/${record.revision}`}`;
    if (this.#texts.has(key) === (mode === 'new')) return false;
    this.#texts.set(key, formatRecord(record));
    return true;
  }

  async delete(name: string): Promise<void> {
    for (const key of this.#texts.keys()) if (key.startsWith(`${name}/`)) this.#texts.delete(key);
  }

  #of(name: string, kind: string): readonly string[] {
    return [...this.#texts].filter(([key]) => key.startsWith(`${name}/${kind}/`)).map(([, text]) => text);
  }
}
