import { lstat, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { linkLeavesTree } from '../link-error.ts';
import { staysInside } from '../links.ts';

/** As for Linux (PATH_MAX): a longer text is no target. */
const MAXIMUM_TARGET_BYTES = 4_096;

/** git has written links as text files with the target in them (`core.symlinks=false`, so that no checkout can write through one); this makes
 *  those that stay in the tree into links. Outside the context directory one that leaves the tree stays a text.
 *  @throws {ToolError} SOURCE_UNSAFE for a link below the context directory that leaves the tree. */
export async function makeLinks(
  root: string,
  paths: readonly string[],
  contextDir: string | null,
  ctx: Ctx,
): Promise<void> {
  const targets = new Map<string, string>();
  for (const path of paths) {
    const target = await readTarget(join(root, path));
    if (target !== undefined) targets.set(path, target);
  }
  const inside: string[] = [];
  for (const [path, target] of targets) {
    if (await staysInside(path, root, (part) => targets.get(part))) inside.push(path);
    else if (contextDir === null || path.startsWith(`${contextDir}/`)) throw linkLeavesTree(path, target);
  }
  for (const path of inside) {
    ctx.signal.throwIfAborted();
    const target = targets.get(path);
    if (target === undefined) continue;
    await rm(join(root, path));
    await symlink(target, join(root, path));
  }
}

async function readTarget(file: string): Promise<string | undefined> {
  const found = await lstat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MAXIMUM_TARGET_BYTES) return undefined;
  return readFile(file, 'utf8');
}
