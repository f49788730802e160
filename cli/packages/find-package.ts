import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { RemoteFile } from './download.ts';
import type { Http } from './http.ts';
import { type IndexSettings, indexHost } from './index-settings.ts';
import type { Machine } from './machine.ts';
import { PINNED_SHA256 } from './pins.ts';
import { type IndexFile, readProject } from './simple-index.ts';
import { wheelRank } from './wheel-tags.ts';

export interface PackageWanted {
  readonly name: string;
  readonly version: string;
  /** A wheel for this machine, or the source archive. */
  readonly form: { readonly kind: 'wheel'; readonly machine: Machine } | { readonly kind: 'sdist' };
  /** By file name; these go before what the index says. Default: hibana's own table. */
  readonly pins?: Readonly<Record<string, string>>;
}

/** The file of a package to fetch, with the hash that it must have: pinned where hibana pins it, else the index's. The default index is asked
 *  first, then the extra ones.
 *  @throws {ToolError} PACKAGE_NOT_FOUND (no such file, or no hash for it), INDEX_UNREACHABLE, INDEX_AUTH */
export async function findPackage(
  wanted: PackageWanted,
  { settings, http }: { readonly settings: IndexSettings; readonly http: Http },
  ctx: Ctx,
): Promise<RemoteFile> {
  for (const url of [settings.indexUrl, ...settings.extraUrls]) {
    const files = (await readProject(url, wanted.name, http, ctx)) ?? [];
    const file = choose(files, wanted);
    if (file === undefined) continue;
    const sha256 = (wanted.pins ?? PINNED_SHA256)[file.filename] ?? file.sha256;
    if (sha256 !== null) return { filename: file.filename, url: file.url, sha256 };
    throw notFound(wanted, settings, `no hash for "${file.filename}"`);
  }
  throw notFound(wanted, settings, wanted.form.kind === 'sdist' ? 'no source archive' : 'no wheel for this machine');
}

function choose(files: readonly IndexFile[], { name, version, form }: PackageWanted): IndexFile | undefined {
  const prefix = `${name}-${version}`;
  if (form.kind === 'sdist') return files.find(({ filename }) => filename === `${prefix}.tar.gz`);
  const ranked = files
    .filter(({ filename }) => filename.startsWith(`${prefix}-`) && filename.endsWith('.whl'))
    .map((file) => ({ file, rank: wheelRank(file.filename, form.machine) ?? -1 }))
    .filter(({ rank }) => rank >= 0);
  return ranked.toSorted((one, other) => other.rank - one.rank)[0]?.file;
}

function notFound({ name, version }: PackageWanted, settings: IndexSettings, what: string): ToolError {
  const host = indexHost(settings);
  return new ToolError('PACKAGE_NOT_FOUND', `Cannot find ${name} ${version} on "${host}": ${what}`, {
    details: { name, version, host },
  });
}
