import { isAbsolute } from 'node:path';

/** The target of a link; `undefined` for what is no link or does not exist. Paths are relative to the tree, with `/`. */
export type ReadLink = (path: string) => Promise<string | undefined> | string | undefined;

/** More than this is a loop, as for Linux (ELOOP). */
const MAXIMUM_HOPS = 40;

/** Whether `path`, followed link by link, ends inside the tree. `..` is taken after links, as the kernel does and as text alone cannot.
 *  A dangling link and a loop stay inside: they show nobody anything. */
export async function staysInside(path: string, root: string, readLink: ReadLink): Promise<boolean> {
  const pending = path.split('/');
  const reached: string[] = [];
  for (let hops = 0; pending.length > 0; ) {
    const part = pending.shift();
    if (part === undefined || part === '' || part === '.') continue;
    if (part === '..') {
      if (reached.pop() === undefined) return false;
      continue;
    }
    const target = await readLink([...reached, part].join('/'));
    if (target === undefined) {
      reached.push(part);
      continue;
    }
    if (++hops > MAXIMUM_HOPS) return true;
    if (isAbsolute(target)) {
      if (target !== root && !target.startsWith(`${root}/`)) return false;
      reached.length = 0;
    }
    pending.unshift(...(isAbsolute(target) ? target.slice(root.length) : target).split('/'));
  }
  return true;
}
