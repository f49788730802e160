import { open, rename, writeFile } from 'node:fs/promises';
import { systemCode } from '../core/errors.ts';
import { writeAtomically } from './atomic-write.ts';

/** A file for which there is room on the disk, whatever becomes of that. */
export interface ReservedFile {
  /** As writeAtomically, once; texts of up to 64 KiB are written to a full disk as well. */
  readonly write: (text: string) => Promise<void>;
}

const ROOM_BYTES = 64 * 1_024;

/** Where the room of a file is until it is written; whoever writes another one in its place deletes it first. */
export function roomOf(path: string): string {
  return `${path}.room`;
}

/** Takes room for a file that is to be written when a job may have filled the disk. Where there is none by now, it is written as any other. */
export async function reserveFile(path: string): Promise<ReservedFile> {
  const room = roomOf(path);
  await writeFile(room, Buffer.alloc(ROOM_BYTES), { mode: 0o600 }).catch(() => {});
  return {
    write: async (text) => {
      try {
        await fill(room, text);
        await rename(room, path);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
        await writeAtomically(path, text);
      }
    },
  };
}

async function fill(room: string, text: string): Promise<void> {
  await using file = await open(room, 'r+');
  const { bytesWritten } = await file.write(text, 0);
  await file.truncate(bytesWritten);
  await file.sync();
}
