import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { ToolError } from '../../core/errors.ts';
import type { Outcome } from '../../core/lease-directory.ts';
import { newRunId } from '../../core/names.ts';
import { runLocal } from '../run-local.ts';
import { composeRequest } from './compose-request.ts';
import { type ContainerFolders, chooseFolders } from './container-folders.ts';
import { type ContainerLog, createContainerLog } from './container-log.ts';
import { nameUser } from './container-user.ts';
import { jobEnvironment } from './job-environment.ts';
import { lastLinesOfMembers } from './member-logs.ts';
import { countMemoryKills } from './memory-kills.ts';
import { type Image, readImage } from './read-image.ts';
import type { Room } from './room.ts';

export { roomOf } from './room.ts';

import { type Environment, readTold, type Told } from './told.ts';

export interface Container {
  /** Where the image is: `''`, outside of tests. */
  readonly root: string;
  /** Of the container's command. */
  readonly args: readonly string[];
  readonly env: Environment;
  readonly uid: number;
  readonly gid: number;
  /** Whether the operating system knows a name for the user. */
  readonly isUserKnown: () => boolean;
  readonly room: Room;
  readonly pid: number;
  readonly stop: AbortController;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly startedAt: number;
  readonly now: () => number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** One run in a container of an application's image, from the first look at it to the status that the container ends with. It needs nobody beside
 *  it: what it leaves behind ends with the container. */
export async function launchContainer(container: Container): Promise<number> {
  const { env, stderr, now } = container;
  const log = createContainerLog(env.HIBANA_LOG === 'json' ? 'json' : 'text', stderr, now);
  const killed = await countMemoryKills();
  try {
    return await launchImage(container, log);
  } catch (error) {
    return log.refuse(error);
  } finally {
    const kills = (await countMemoryKills()) - killed;
    if (kills > 0)
      log.notice(`The container used up its memory: ${kills} of its processes ${kills === 1 ? 'was' : 'were'} killed`);
  }
}

async function launchImage(container: Container, log: ContainerLog): Promise<number> {
  const { root, env, uid } = container;
  const told = readTold(env);
  const image = await readImage(root);
  const folders = await chooseFolders(env, uid, image.natives === null);
  await using _name = await nameUser({ ...container, home: folders.home, isKnown: container.isUserKnown });
  const run = told.parts.run ?? newRunId(told.parts.app?.name ?? image.app.name, container.now(), container.random);
  const composed = await compose(container, image, told, folders, run);
  for (const notice of composed.notices) log.notice(notice);
  const { stop, pid, stdout, stderr, now } = container;
  const ended = Promise.withResolvers<Outcome>();
  const status = await runLocal({
    ...{ run, stateFolder: folders.stateFolder, stop, pid, stdout, stderr, now },
    startGuards: async () => NO_GUARDS,
    whenReady: async () => composed.request,
    env: jobEnvironment(env, folders, image, run),
    onEvent: (event) => {
      log.tell(event);
      if (event.type === 'outcome') ended.resolve(event.outcome);
    },
  });
  for (const line of await lastLinesOfMembers(await ended.promise)) log.line(line);
  return status;
}

/** The kernel ends everything in a container when its first process ends. */
const NO_GUARDS = { release: async () => {} };

async function compose(container: Container, image: Image, told: Told, folders: ContainerFolders, run: string) {
  const { args, room, startedAt, env } = container;
  const { stateFolder, home, isHomeMade } = folders;
  const composed = composeRequest({
    ...{ image, told, args, room, run, startedAt },
    leaseDirectory: join(stateFolder, 'runs', run),
    madeHome: isHomeMade ? home : null,
    pythonPath: env.PYTHONPATH,
    hasSources: await isThere(join(image.layout.app, 'src'), 'isDirectory'),
  });
  const { app, layout } = composed.request;
  if (await isThere(join(layout.app, app.entry), 'isFile')) return composed;
  throw new ToolError('ENTRY_NOT_FOUND', `Cannot run "${app.entry}": ${layout.app} has no such file`);
}

async function isThere(path: string, what: 'isFile' | 'isDirectory'): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.[what]() === true;
}
