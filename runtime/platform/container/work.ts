import { dirname } from 'node:path';
import { IMAGE_PATHS } from '../../core/image-layout.ts';

/** Where a container may write: for it alone, gone with it. */
export const WORK = '/work';
/** What is in it from the start, for its user alone. */
export const WORK_FOLDERS = {
  temporary: `${WORK}/tmp`,
  local: `${WORK}/local`,
  work: `${WORK}/apps`,
  home: `${WORK}/home`,
} as const;

/** Where a container has the program that guards it: the place of the launcher in any image of hibana, which this hides. */
export const MEMBER_FOLDER = dirname(IMAGE_PATHS.launcher);

/** What an image may have set for programs of ours that run before its own. */
export const HARMLESS: Readonly<Record<string, string>> = {
  NODE_OPTIONS: '',
  NODE_PATH: '',
  NODE_REPL_EXTERNAL_MODULE: '',
};

/** A file or a folder for a container. */
export interface ContainerFile {
  /** Relative to where it is put. */
  readonly path: string;
  readonly mode: number;
  /** `null`: a folder. */
  readonly content: Uint8Array | null;
}
