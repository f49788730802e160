import type { Attributes } from '../image/layer-source.ts';

/** An absolute path of `IMAGE_PATHS`, or a path below one, as a layer names it. */
export function pathInImage(absolute: string, below?: string | Buffer): Buffer {
  const top = Buffer.from(absolute.slice(1));
  return below === undefined ? top : Buffer.concat([top, SLASH, Buffer.from(below)]);
}

/** Whoever is in root's group may write, whatever its uid: OpenShift gives random ones. */
const OWNER = { uid: 1001, gid: 0 } as const;
export const APP_FOLDER: Attributes = { mode: 0o775, ...OWNER };
export const APP_FILE: Attributes = { mode: 0o664, ...OWNER };
export const APP_PROGRAM: Attributes = { mode: 0o775, ...OWNER };
export const APP_LINK: Attributes = { mode: 0o777, ...OWNER };

/** A file of the application: only whether it is a program is taken from where it lies. */
export function fileAttributes(mode: number): Attributes {
  return (mode & 0o111) === 0 ? APP_FILE : APP_PROGRAM;
}

const SLASH = Buffer.from('/');
