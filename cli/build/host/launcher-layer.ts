import { readFile } from 'node:fs/promises';
import { IMAGE_PATHS } from '../../../runtime/core/image-layout.ts';
import { digestOf } from '../../image/digest.ts';
import type { KeyedLayer } from '../executor.ts';
import { pathInImage } from '../image-path.ts';

/** The launcher that goes into every image. */
export interface LauncherBundle {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/** Reads the launcher's bundle: one file, made with the program that builds. */
export async function readLauncher(path: string): Promise<LauncherBundle> {
  const bytes = await readFile(path);
  return { bytes, digest: digestOf(bytes) };
}

/** The launcher as a layer: nothing in it but what every application's image has, so that it has one digest in all of them. */
export function launcherLayer({ bytes, digest }: LauncherBundle): KeyedLayer {
  const path = pathInImage(IMAGE_PATHS.launcher);
  return {
    kind: 'launcher',
    key: digest,
    createdBy: 'hibana: launcher',
    parents: {},
    async *entries() {
      const size = bytes.byteLength;
      yield { kind: 'file', path, mode: 0o644, uid: 0, gid: 0, size, content: { kind: 'bytes', bytes } };
    },
  };
}
