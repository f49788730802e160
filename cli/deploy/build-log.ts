import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stampEvent } from '../../runtime/core/events.ts';
import type { RunScope } from '../run/with-run.ts';
import type { Artifacts } from './artifacts.ts';
import { deploymentFolder } from './file-store.ts';
import type { Revision } from './records.ts';

/** What was told while a revision was made. */
export interface BuildLog extends AsyncDisposable {
  /** The same scope, of which every event is kept as well. */
  readonly scope: RunScope;
  /** Puts what has been told so far beside the records. What cannot be kept is no reason to fail. */
  readonly keepFor: (revision: Pick<Revision, 'application' | 'revision'>, stateFolder: string) => Promise<void>;
}

/** Where the log of a revision's making is: events, as those of a launcher. */
export function buildLogFile(stateFolder: string, application: string, revision: number): string {
  return join(buildLogs(stateFolder, application), `${revision}.ndjson`);
}

/** Disposing forgets it. */
export async function openBuildLog(scope: RunScope): Promise<BuildLog> {
  const path = join(await scope.guard(), 'build.ndjson');
  const file = createWriteStream(path, { mode: 0o600 }).on('error', () => {});
  const { ctx, run } = scope;
  const emit: typeof ctx.emit = (event) => {
    ctx.emit(event);
    file.write(`${JSON.stringify(stampEvent(event, ctx.now(), run))}\n`);
  };
  const written = (): Promise<void> => new Promise((resolve) => file.write('', () => resolve()));
  return {
    scope: { ...scope, ctx: { ...ctx, emit } },
    keepFor: async ({ application, revision }, stateFolder) => {
      await written();
      const target = buildLogFile(stateFolder, application, revision);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 }).catch(() => {});
      await copyFile(path, target).catch(() => {});
    },
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => file.end(() => resolve()));
    },
  };
}

/** Those of the revisions of which there are files. */
export function keptBuildLogs(stateFolder: string): Artifacts {
  return {
    keepOnly: async ({ name, wanted }) => {
      const folder = buildLogs(stateFolder, name);
      const kept = new Set(wanted.map(({ revision }) => `${revision}.ndjson`));
      const files = await readdir(folder).catch(() => []);
      await Promise.all(files.filter((file) => !kept.has(file)).map((file) => rm(join(folder, file), { force: true })));
    },
  };
}

function buildLogs(stateFolder: string, application: string): string {
  return join(deploymentFolder(stateFolder, application), 'builds');
}
