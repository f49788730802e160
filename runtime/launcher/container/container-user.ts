import { appendFile, readFile, stat } from 'node:fs/promises';
import { ToolError } from '../../core/errors.ts';
import { IMAGE_PATHS, NAME_SERVICE_FOLDER } from '../../core/image-layout.ts';
import { startNameService } from './name-service.ts';
import { formatPasswd, type PasswdEntry, parsePasswd } from './passwd.ts';

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Whether the operating system knows a name for this user. */
  readonly isKnown: () => boolean;
  /** Where the image is: `''` in a container. */
  readonly root: string;
}

const PASSWD = '/etc/passwd';

/** Sees to it that this user has a name, without which no JVM with Hadoop's classes starts: by a line in /etc/passwd where it can be written, as group 0
 *  can in our builders' images, else by answering the C library ourselves. Lasts until it is disposed.
 *  @throws {ToolError} USER_UNKNOWN where neither can be done */
export async function nameUser(user: ContainerUser): Promise<AsyncDisposable> {
  if (user.isKnown()) return NOTHING;
  const { uid, gid, home, root } = user;
  const file = `${root}${PASSWD}`;
  const text = await readFile(file, 'utf8').catch(() => '');
  const entry: PasswdEntry = { name: `user${uid}`, uid, gid, gecos: '', home, shell: '/sbin/nologin' };
  const line = `${text === '' || text.endsWith('\n') ? '' : '\n'}${formatPasswd(entry)}`;
  const isWritten = await appendFile(file, line).then(
    () => true,
    () => false,
  );
  if (isWritten) return NOTHING;
  const folder = `${root}${IMAGE_PATHS.nameService}`;
  try {
    return await startNameService([...parsePasswd(text), entry], { folder, target: `${root}${NAME_SERVICE_FOLDER}` });
  } catch (cause) {
    const why =
      (await stat(folder).catch(() => undefined)) === undefined ? `there is no ${folder}` : 'nor can a socket be made';
    throw new ToolError(
      'USER_UNKNOWN',
      `Cannot run as user ${uid}: ${PASSWD} has no such user and cannot be written, and ${why}`,
      { cause, details: { uid } },
    );
  }
}

const NOTHING: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} };
