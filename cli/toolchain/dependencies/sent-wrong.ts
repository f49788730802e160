import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../../../runtime/core/context.ts';
import { type IndexFile, readProject } from '../../packages/simple-index.ts';
import type { Packages } from '../deps.ts';
import type { LockedPackage } from './lock-text.ts';

/** Those of the packages whose files, as the index sends them, are not what its own pages say. Fetches a few files of each.
 *  @throws {ToolError} what fetching throws */
export async function sentWrong(
  packages: readonly LockedPackage[],
  from: Packages,
  ctx: Ctx,
): Promise<readonly LockedPackage[]> {
  const wrong: LockedPackage[] = [];
  for (const one of packages) {
    const files = (await filesOf(one, from, ctx)).slice(0, MOST_FILES);
    for (const file of files) {
      const sum = file.sha256 === null ? undefined : await sumOf(file.url, from, ctx);
      if (sum === undefined || sum === file.sha256) continue;
      wrong.push(one);
      break;
    }
  }
  return wrong;
}

const MOST_FILES = 4;

async function filesOf({ name, version }: LockedPackage, from: Packages, ctx: Ctx): Promise<readonly IndexFile[]> {
  const { settings, http } = from;
  const urls = [settings.indexUrl, ...settings.extraUrls];
  const pages = await Promise.all(urls.map((url) => readProject(url, name, http, ctx)));
  const mark = `-${version ?? ''}`;
  const isWanted = ({ filename }: IndexFile) => version !== null && /[-.]/.test(after(filename, mark));
  return pages.flatMap((page) => page ?? []).filter(isWanted);
}

/** The character after the version; empty where the name has another one. */
function after(filename: string, mark: string): string {
  const at = filename.indexOf(mark);
  return at < 0 ? '' : filename.charAt(at + mark.length);
}

/** `undefined` for a file that is listed and not there. */
async function sumOf(url: string, { http }: Packages, ctx: Ctx): Promise<string | undefined> {
  const reply = await http.get(url, {}, ctx);
  if (reply.status !== OK) {
    reply.body.on('error', () => {}).destroy();
    return undefined;
  }
  const hash = createHash('sha256');
  await pipeline(reply.body, hash, { signal: ctx.signal });
  return hash.digest('hex');
}

const OK = 200;
