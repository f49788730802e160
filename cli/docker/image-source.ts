import { ToolError } from '../../runtime/core/errors.ts';
import { nameFrom } from '../../runtime/core/names.ts';

/** An image by its digest, or one that the daemon has by its id: nothing is built. */
const IMAGE_SOURCE = /(?:^|@)sha256:[0-9a-f]{64}$/;

/** Whether a source is an image: that is run in containers, and nowhere else. */
export function isImageSource(text: string): boolean {
  return IMAGE_SOURCE.test(text);
}

/** `registry.example/team/app@sha256:…` is of an application called `app`, as long as nobody has looked inside. */
export function imageAppName(text: string): string {
  return nameFrom(text.replace(IMAGE_SOURCE, '').replace(/:[\w.-]+$/, ''));
}

/** What stands for an image where a source is read: flags are the same as for an application without a file of settings. */
export const SOURCE_OF_IMAGES = 'template:pi';

/** Where a source is run: where somebody says, else on this machine; an image in Docker, where nobody says anything else.
 *  @throws {ToolError} USAGE for an image on this machine */
export function platformFor<P extends string>(
  source: string,
  asked: P | undefined,
  verb: string,
): P | 'local' | 'docker' {
  if (!isImageSource(source)) return asked ?? 'local';
  if (asked !== 'local') return asked ?? 'docker';
  throw new ToolError('USAGE', `Cannot ${verb} an image on this machine: it runs in containers`, {
    hint: 'Leave out --platform local, or name the source of the image',
  });
}
