import { randomUUID } from 'node:crypto';
import { access, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../runtime/core/errors.ts';
import { writeAtomically } from '../../runtime/platform/atomic-write.ts';
import { writingTo } from '../../runtime/platform/file-errors.ts';
import { removeTree } from '../../runtime/platform/local/remove-tree.ts';
import {
  type DeploymentRecord,
  formatRecord,
  isRun,
  parseRevision,
  parseRun,
  type Revision,
  type Run,
} from './records.ts';
import type { DeploymentStore } from './store.ts';

/** The folder of one application: its records, and the trees that its revisions run from. */
export function deploymentFolder(stateFolder: string, name: string): string {
  return join(stateFolder, 'deployments', name);
}

/** Records as files of this machine: `deployments/NAME/revisions/000001.json` and `deployments/NAME/runs/TIME_RUN.json`, each written beside and
 *  renamed. Names of files sort as their records do, so that the newest are found without reading the others. */
export function createFileStore(stateFolder: string): DeploymentStore {
  const folderOf = (name: string, kind: 'revisions' | 'runs'): string =>
    join(deploymentFolder(stateFolder, name), kind);
  return {
    names: async (only) => {
      const all = only === undefined ? await list(deploymentFolder(stateFolder, '')) : [only];
      const names = all.filter((name) => !name.startsWith(DELETED));
      const found = await Promise.all(names.map(async (name) => records(folderOf(name, 'revisions'))));
      // What a first deployment that was killed has left is none.
      return names.filter((_, index) => (found[index]?.length ?? 0) > 0);
    },
    revisions: async function* (name, from = Number.POSITIVE_INFINITY): AsyncIterable<Revision> {
      const folder = folderOf(name, 'revisions');
      const wanted = (await records(folder)).filter((file) => Number.parseInt(file, 10) <= from);
      yield* read(folder, wanted, parseRevision);
    },
    runs: async function* (name, which = 'all'): AsyncIterable<Run> {
      const folder = folderOf(name, 'runs');
      if (which === 'all') yield* read(folder, await records(folder), parseRun);
      else yield* readRunning(folder);
    },
    put: (record, mode) => {
      const folder = folderOf(record.application, isRun(record) ? 'runs' : 'revisions');
      const what = `keep what is known of "${record.application}"`;
      return writingTo(stateFolder, what, () => (mode === 'new' ? putNew : replace)(record, folder));
    },
    delete: async (name) => {
      // At one stroke; then what is out of the way, of this one and of those at which somebody was killed.
      const away = deploymentFolder(stateFolder, `${DELETED}${randomUUID()}`);
      await unlessGone(() => rename(deploymentFolder(stateFolder, name), away));
      const all = await list(deploymentFolder(stateFolder, ''));
      for (const one of all.filter((other) => other.startsWith(DELETED)))
        await removeTree(deploymentFolder(stateFolder, one));
    },
  };
}

const REVISION_DIGITS = 6;
/** Beside the record of a run whose end nobody has seen: there before it, and gone after it. One that is left over costs a look, no more. */
const OPEN = '.open';
/** Before the name of what is being deleted; no application begins so. */
const DELETED = '.deleted-';
/** Read at once: so many are quicker together than one by one, and not many more than are wanted. */
const BATCH = 32;

function fileName(record: DeploymentRecord): string {
  if (!isRun(record)) return `${String(record.revision).padStart(REVISION_DIGITS, '0')}.json`;
  return `${record.startedAt.replace(/\D/g, '')}_${record.run}.json`;
}

function isOf(file: string, { run }: Run): boolean {
  return file.endsWith(`_${run}.json`);
}

/** The names of whole records, newest first. */
async function records(folder: string): Promise<readonly string[]> {
  return (await list(folder)).filter((file) => file.endsWith('.json')).reverse();
}

async function list(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

async function* readRunning(folder: string): AsyncIterable<Run> {
  const marks = (await list(folder)).filter((file) => file.endsWith(OPEN)).reverse();
  const files = marks.map((file) => file.slice(0, -OPEN.length));
  for await (const run of read(folder, files, parseRun)) if (run.status === 'running') yield run;
}

async function* read<T>(
  folder: string,
  files: readonly string[],
  parse: (content: string, place: string) => T,
): AsyncIterable<T> {
  const [newest, ...older] = files.map((file) => join(folder, file));
  if (newest === undefined) return;
  // Mostly it is all that anybody wants.
  yield* readBatch([newest], parse);
  for (let at = 0; at < older.length; at += BATCH) yield* readBatch(older.slice(at, at + BATCH), parse);
}

async function* readBatch<T>(paths: readonly string[], parse: (content: string, place: string) => T): AsyncIterable<T> {
  const contents = await Promise.all(paths.map(async (path) => ({ path, content: await readIfThere(path) })));
  for (const { path, content } of contents) if (content !== undefined) yield parse(content, path);
}

/** One that was deleted since it was listed is not there. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function putNew(record: DeploymentRecord, folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (isRun(record) && (await records(folder)).some((file) => isOf(file, record))) return false;
  const path = join(folder, fileName(record));
  if (isOpen(record)) await writeFile(`${path}${OPEN}`, '', { mode: 0o600 });
  return writeNew(path, formatRecord(record));
}

/** Where its folder has gone meanwhile, it does not come back for it. */
async function replace(record: DeploymentRecord, folder: string): Promise<boolean> {
  const path = join(folder, fileName(record));
  return unlessGone(async () => {
    await access(path);
    if (isOpen(record)) await writeFile(`${path}${OPEN}`, '', { mode: 0o600 });
    await writeAtomically(path, formatRecord(record));
    if (!isOpen(record)) await rm(`${path}${OPEN}`, { force: true });
  });
}

function isOpen(record: DeploymentRecord): boolean {
  return isRun(record) && record.status === 'running';
}

/** Whether what the work is about was there. */
async function unlessGone(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Whole or not at all, and never over one that is there. */
async function writeNew(path: string, content: string): Promise<boolean> {
  const beside = `${path}.${randomUUID()}.tmp`;
  await writeFile(beside, content, { mode: 0o600, flush: true });
  try {
    await link(beside, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
}
