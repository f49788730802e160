import { access, constants, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ToolError } from '../../core/errors.ts';
import { foldersFrom } from '../../core/folders.ts';
import { writingTo } from '../../platform/file-errors.ts';
import { makeFolders } from '../../platform/make-folders.ts';
import type { Environment } from './told.ts';

export interface ContainerFolders {
  readonly stateFolder: string;
  readonly home: string;
  /** Whether it had to be made: the environment names none, or one that cannot be written. */
  readonly isHomeMade: boolean;
}

const TEMPORARY = '/tmp';

/** Finds where the run may write, and makes it: in `HIBANA_HOME`, else in the user's home, else in a folder of the user's in the temporary one.
 *  Nothing is written anywhere else.
 *  @throws {ToolError} FOLDER_READ_ONLY, DISK_FULL, and FOLDER_NOEXEC where libraries have to be unpacked and none could be loaded */
export async function chooseFolders(env: Environment, uid: number, needsExecution: boolean): Promise<ContainerFolders> {
  const home = await writableHome(env);
  const tried = await tryFolders(candidates(env, home, uid), { folder: temporaryFolder(env, uid), uid });
  const writable = tried.filter(({ problem }) => problem === undefined);
  const chosen = writable.find(({ isExecutable }) => isExecutable) ?? writable[0];
  if (chosen === undefined) throw refusal(tried.at(-1)?.problem);
  const { folder, isExecutable } = chosen;
  if (needsExecution && !isExecutable) {
    const message = `Cannot load Spark's libraries from "${folder}": it is mounted noexec`;
    throw new ToolError('FOLDER_NOEXEC', message, { details: { folder } });
  }
  const made = join(folder, 'home');
  if (home === undefined) makeFolders(made, 0o700);
  return { stateFolder: folder, home: home ?? made, isHomeMade: home === undefined };
}

/** A folder that somebody names is the only one. */
function candidates(env: Environment, home: string | undefined, uid: number): readonly string[] {
  if (env.HIBANA_HOME) return [foldersFrom(env, '/').state];
  const temporary = temporaryFolder(env, uid);
  return home === undefined ? [temporary] : [foldersFrom(env, home).state, temporary];
}

function temporaryFolder(env: Environment, uid: number): string {
  return join(env.TMPDIR || TEMPORARY, `hibana-${uid}`);
}

async function writableHome({ HOME: home }: Environment): Promise<string | undefined> {
  if (home === undefined || home === '' || dirname(home) === home) return undefined;
  return access(home, constants.W_OK).then(
    () => home,
    () => undefined,
  );
}

interface Tried {
  readonly folder: string;
  readonly isExecutable: boolean;
  readonly problem: unknown;
}

/** A folder that anybody may have made before us. */
interface OpenFolder {
  readonly folder: string;
  readonly uid: number;
}

async function tryFolders(folders: readonly string[], open: OpenFolder): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const folder of folders) {
    const one = await writingTo(folder, 'keep the run', () => tryFolder(folder, open)).catch((problem: unknown) => ({
      ...{ folder, isExecutable: false, problem },
    }));
    tried.push(one);
    if (one.isExecutable) break;
  }
  return tried;
}

async function tryFolder(folder: string, open: OpenFolder): Promise<Tried> {
  makeFolders(join(folder, 'runs'), 0o700);
  if (folder === open.folder && (await stat(folder)).uid !== open.uid) {
    throw new ToolError('FOLDER_READ_ONLY', `Cannot keep the run in "${folder}": the folder is another user's`);
  }
  const probe = join(folder, 'probe');
  await writeFile(probe, '', { mode: 0o700 });
  const isExecutable = await access(probe, constants.X_OK).then(
    () => true,
    () => false,
  );
  await rm(probe, { force: true });
  return { folder, isExecutable, problem: undefined };
}

/** What the user can do about it is another thing in a container. */
function refusal(problem: unknown): unknown {
  if (!(problem instanceof ToolError)) return problem;
  const { code, message, details } = problem;
  const hint = 'Give the container a folder to write to with --tmpfs /tmp, or name one with HIBANA_HOME';
  return new ToolError(code, message, { cause: problem, hint, details });
}
