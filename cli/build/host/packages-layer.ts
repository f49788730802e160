import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { IMAGE_PATHS, type ImagePackages } from '../../../runtime/core/image-layout.ts';
import type { LayerSource } from '../../image/layer-source.ts';
import type { ResolvedJars } from '../../jars/resolve-jars.ts';
import { BUILDER_FOLDERS } from '../builder-labels.ts';
import { hashOf } from '../content-hash.ts';
import { APP_FILE, APP_FOLDER, pathInImage } from '../image-path.ts';

/** The jars of the JVM packages as a layer, and what the launcher must know of them. The same for every architecture. */
export function packagesLayer({
  lock,
  jars,
  pythonJars,
  classPathJars,
}: ResolvedJars): LayerSource & { readonly key: string } {
  const names = (paths: readonly string[]) => paths.map((path) => basename(path));
  const packages: ImagePackages = {
    version: 1,
    jars: names(jars),
    pythonJars: names(pythonJars),
    classPathJars: names(classPathJars),
  };
  const bytes = Buffer.from(`${JSON.stringify(packages, null, 2)}\n`);
  return {
    kind: 'packages',
    key: hashOf({ format: FORMAT, packages, jars: lock.jars.map(({ file, sha256 }) => [file, sha256]) }),
    createdBy: 'hibana: JVM packages',
    parents: BUILDER_FOLDERS,
    async *entries() {
      yield { kind: 'directory', path: pathInImage(IMAGE_PATHS.packages), ...APP_FOLDER };
      for (const place of jars) {
        const path = pathInImage(IMAGE_PATHS.packages, basename(place));
        const { size } = await stat(place);
        yield { kind: 'file', path, ...APP_FILE, size, content: { kind: 'path', path: place } };
      }
      const path = pathInImage(IMAGE_PATHS.packages, 'packages.json');
      yield { kind: 'file', path, ...APP_FILE, size: bytes.length, content: { kind: 'bytes', bytes } };
    },
  };
}

/** Changes when the same packages make another layer. */
const FORMAT = 1;
