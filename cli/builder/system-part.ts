import { IMAGE_PATHS, type ImageToolchain, NAME_SERVICE_FOLDER } from '../../runtime/core/image-layout.ts';
import { BUILDER_FOLDERS, BUILDER_USER } from '../build/builder-labels.ts';
import type { Attributes, LayerEntry } from '../image/layer-source.ts';
import { directoryEntry, fileEntry, known, type Part, symlinkEntry } from './part.ts';
import type { BaseFacts } from './survey-base.ts';

/** The user's folders, /etc/passwd with the user in it, where names of users are asked for when that cannot be written, and what the builder knows
 *  of its own tools. */
export function systemPart(base: BaseFacts, toolchain: ImageToolchain): Part {
  const folders = OWN_FOLDERS.map((path) => directoryEntry(path, USERS_FOLDER));
  const text = `${JSON.stringify(toolchain, null, 2)}\n`;
  return part(base, [
    ...Object.entries(BUILDER_FOLDERS).map(([path, attributes]) => directoryEntry(path, attributes)),
    ...folders,
    passwdEntry(base, USER_HOME),
    fileEntry(IMAGE_PATHS.toolchain, text),
    symlinkEntry(IMAGE_PATHS.nameService, NAME_SERVICE_FOLDER),
  ]);
}

/** /etc/passwd with the user in it, and its home. */
export function userPart(base: BaseFacts, home: string): Part {
  return part(base, [directoryEntry(home, USERS_FOLDER), passwdEntry(base, home)]);
}

/** HOME of the user of a builder. */
export const USER_HOME = '/opt/app-root';

/** A list of users with ours in it, if nobody has its uid: the base's user is as good then. */
export function withUser(passwd: string, home: string = USER_HOME): string {
  const lines = (passwd || ROOT_ALONE).split('\n').filter((line) => line !== '');
  const users = lines.map((line) => line.split(':'));
  if (users.some(([, , uid]) => uid === BUILDER_USER)) return `${lines.join('\n')}\n`;
  const name = users.some(([known]) => known === USER) ? `${USER}${BUILDER_USER}` : USER;
  return `${[...lines, `${name}:x:${BUILDER_USER}:0:hibana:${home}:/bin/sh`].join('\n')}\n`;
}

const USER = 'hibana';
const PASSWD = '/etc/passwd';
const ROOT_ALONE = 'root:x:0:0:root:/root:/bin/sh\n';
const OWN_FOLDERS = [IMAGE_PATHS.dependencies, IMAGE_PATHS.packages];
const USERS_FOLDER: Attributes = { mode: 0o775, uid: Number(BUILDER_USER), gid: 0 };

function part(base: BaseFacts, entries: readonly LayerEntry[]): Part {
  const parents = { ...base.folders, ...BUILDER_FOLDERS };
  return known({ kind: 'system', createdBy: `hibana: user ${BUILDER_USER} and its folders`, parents }, entries);
}

/** The group may write: who runs it adds a random uid, without which neither Java nor Python knows who it is. */
function passwdEntry(base: BaseFacts, home: string): LayerEntry {
  return fileEntry(PASSWD, withUser(base.passwd ?? '', home), { mode: 0o664, uid: 0, gid: 0 });
}
