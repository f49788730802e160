import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';

export const SCRIPT_NAMES = ['assemble', 'run', 'save-artifacts', 'usage'] as const;
export type ScriptName = (typeof SCRIPT_NAMES)[number];

/** A script in the builder's image, or one that is brought into the container beside the source. */
export type Script =
  | { readonly kind: 'image'; readonly path: string }
  | { readonly kind: 'upload'; readonly name: ScriptName; readonly bytes: Uint8Array };

export interface ScriptPlaces {
  /** `--scripts-url`: `image://`, `file://` or `http(s)://` of a folder; a folder of this machine without a scheme. */
  readonly chosen: string | null;
  /** The folder of the source. */
  readonly source: string;
  /** What the builder's image says of itself. */
  readonly builder: string | null;
}

/** Gets the text behind a URL; `undefined` where there is none. */
export type Fetch = (url: string, ctx: Ctx) => Promise<Uint8Array | undefined>;

/** Where each script comes from, one by one: what was chosen, then `.s2i/bin` of the source, then what the builder says. Of a place in the image
 *  nobody knows whether the script is there before it is called.
 *  @throws {ToolError} SCRIPTS_NOT_FOUND for a chosen place that has none, and where nothing has `assemble` or `run`; what `fetch` throws
 *  Source: the contract of openshift/source-to-image. */
export async function findScripts(
  places: ScriptPlaces,
  fetch: Fetch,
  ctx: Ctx,
): Promise<Readonly<Partial<Record<ScriptName, Script>>>> {
  const { chosen, source, builder } = places;
  const found: Partial<Record<ScriptName, Script>> = {};
  let fromChosen = 0;
  for (const name of SCRIPT_NAMES) {
    const own = chosen === null ? undefined : await scriptAt(chosen, name, fetch, ctx);
    if (own !== undefined) fromChosen += 1;
    const script =
      own ??
      (await scriptInFolder(join(source, '.s2i', 'bin'), name)) ??
      (builder === null ? undefined : await scriptAt(builder, name, fetch, ctx));
    if (script !== undefined) found[name] = script;
  }
  if (chosen !== null && fromChosen === 0) {
    throw new ToolError('SCRIPTS_NOT_FOUND', `Cannot find a script at "${chosen}"`, {
      hint: 'Give --scripts-url the folder that has assemble and run',
    });
  }
  for (const name of ['assemble', 'run'] as const) {
    if (found[name] === undefined) {
      throw new ToolError(
        'SCRIPTS_NOT_FOUND',
        `Cannot find the script "${name}": the builder does not say where it is`,
      );
    }
  }
  return found;
}

/** One script of a place; `undefined` where it has none. @throws {ToolError} FILE_UNREADABLE, SCRIPTS_NOT_FOUND for what is no place */
export async function scriptAt(place: string, name: ScriptName, fetch: Fetch, ctx: Ctx): Promise<Script | undefined> {
  const folder = place.replace(/\/+$/, '');
  if (folder.startsWith('image://')) return { kind: 'image', path: `${folder.slice('image://'.length)}/${name}` };
  if (/^https?:\/\//.test(folder)) {
    const bytes = await fetch(`${folder}/${name}`, ctx);
    return bytes === undefined ? undefined : { kind: 'upload', name, bytes };
  }
  return scriptInFolder(folder.startsWith('file://') ? pathOf(folder) : folder, name);
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new ToolError(
      'SCRIPTS_NOT_FOUND',
      `Cannot look for scripts at "${url}": it names no folder of this machine`,
      {
        cause,
        hint: 'Write file:///FOLDER, or the folder itself',
      },
    );
  }
}

async function scriptInFolder(folder: string, name: ScriptName): Promise<Script | undefined> {
  try {
    return { kind: 'upload', name, bytes: await readFile(join(folder, name)) };
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '')) return undefined;
    throw new ToolError('FILE_UNREADABLE', `Cannot read the script "${join(folder, name)}"`, { cause });
  }
}
