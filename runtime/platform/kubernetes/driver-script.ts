import { joinShellWords } from '../../core/shell-words.ts';
import type { ContainerCommand } from '../container/prepare-driver.ts';

/** What a shell can export; of anything else no program that it starts would hear. */
const NAME = /^[A-Za-z_]\w*$/;

/** The driver as a script of a POSIX shell, which becomes it: values are never in an argument list. */
export function driverScript({ command, env }: Pick<ContainerCommand, 'command' | 'env'>, folder: string): string {
  const exports = Object.entries(env).flatMap(([name, value]) =>
    NAME.test(name) ? [`export ${name}=${joinShellWords([value])}`] : [],
  );
  return [...exports, `cd ${joinShellWords([folder])}`, `exec ${joinShellWords(command)}`, ''].join('\n');
}
