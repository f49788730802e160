import { IMAGE_PATHS } from '../../core/image-layout.ts';

/** Where the image is that a program belongs to: `''` in a container, `undefined` for a launcher that is in no image.
 *  A launcher in an image is known by its place, and everything else is found from there. */
export function imageRootOf(program: string): string | undefined {
  return program.endsWith(IMAGE_PATHS.launcher) ? program.slice(0, -IMAGE_PATHS.launcher.length) : undefined;
}
