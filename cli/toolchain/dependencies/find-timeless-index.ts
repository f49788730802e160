import type { Ctx } from '../../../runtime/core/context.ts';
import { readProject } from '../../packages/simple-index.ts';
import type { PackageSource } from '../deps.ts';
import { readRequirements } from '../requirement.ts';

/** The host of an index that has one of the requirements and does not say when its files came; `undefined` when all of them do.
 *  As of a time such an index has nothing.
 *  @throws {ToolError} what reading an index throws */
export async function findTimelessIndex(
  requirements: string,
  source: PackageSource,
  ctx: Ctx,
): Promise<string | undefined> {
  const { settings, http } = await source.open(ctx);
  for (const { name } of readRequirements(requirements)) {
    for (const url of [settings.indexUrl, ...settings.extraUrls]) {
      const files = await readProject(url, name, http, ctx);
      const isTimeless =
        files !== undefined && files.length > 0 && files.every(({ uploadTime }) => uploadTime === null);
      if (isTimeless) return new URL(url).host;
    }
  }
  return undefined;
}
