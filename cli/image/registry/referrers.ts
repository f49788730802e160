import type { Ctx } from '../../../runtime/core/context.ts';
import type { Descriptor } from '../descriptor.ts';
import type { StoredManifest } from '../image-store.ts';
import { type ImageIndex, parseManifest, renderManifest } from '../manifest.ts';
import { MEDIA_TYPES } from '../media-types.ts';
import { pushManifest, readManifest } from './manifests.ts';
import { type RetryTimes, readAll } from './read-all.ts';
import { refusal } from './registry-errors.ts';
import type { Repository } from './repository.ts';

/** What is attached to an image by another manifest whose subject it is: an SBOM, a signature. */
export interface Referrers {
  /** Stores such a manifest and has it listed; its blobs must be there. Where the registry keeps no list it is kept here, as an index under the
   *  tag `sha256-<hex>`: of two who do so at the same moment one may be forgotten.
   *  @throws {ToolError} as ImageStore.putManifest */
  put(referrer: StoredManifest, ctx: Ctx): Promise<Descriptor>;
  /** Of an image, by its digest; with `artifactType` only those. None is an empty list. @throws {ToolError} as ImageStore.manifest */
  list(digest: string, artifactType: string | null, ctx: Ctx): Promise<readonly Descriptor[]>;
}

/** Source: distribution-spec, "Listing Referrers" and "Referrers Tag Schema". */
export function createReferrers(repository: Repository, times: RetryTimes): Referrers {
  return {
    put: async (referrer, ctx) => {
      const { subject, listed } = describe(referrer, repository.name);
      const { isListed } = await pushManifest(repository, referrer, referrer.descriptor.digest, ctx);
      if (!isListed) await addToTag(listed, tagOf(subject.digest), { repository, times }, ctx);
      return referrer.descriptor;
    },
    list: async (digest, artifactType, ctx) => {
      const found =
        (await listByApi(digest, { repository, times }, ctx)) ??
        (await readIndex(tagOf(digest), { repository, times }, ctx));
      return found.filter((one) => artifactType === null || one.artifactType === artifactType);
    },
  };
}

interface Place {
  readonly repository: Repository;
  readonly times: RetryTimes;
}

function tagOf(digest: string): string {
  return digest.replace(':', '-');
}

/** The subject of a manifest, and what a list of the subject's referrers says of it. */
function describe(
  referrer: StoredManifest,
  name: string,
): { readonly subject: Descriptor; readonly listed: Descriptor } {
  const parsed = parseManifest(referrer, name);
  const { subject, artifactType, annotations } = parsed.kind === 'index' ? parsed.index : parsed.manifest;
  if (subject === undefined) throw new Error(`A referrer has a subject: ${referrer.descriptor.digest}`);
  const type = artifactType ?? (parsed.kind === 'manifest' ? parsed.manifest.config.mediaType : undefined);
  const { mediaType, digest, size } = referrer.descriptor;
  const listed = {
    mediaType,
    digest,
    size,
    ...(type !== undefined && { artifactType: type }),
    ...(annotations && { annotations }),
  };
  return { subject, listed };
}

async function addToTag(listed: Descriptor, tag: string, place: Place, ctx: Ctx): Promise<void> {
  const known = await readIndex(tag, place, ctx);
  if (known.some(({ digest }) => digest === listed.digest)) return;
  const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: [...known, listed] };
  await pushManifest(place.repository, renderManifest(index), tag, ctx);
}

async function readIndex(tag: string, { repository, times }: Place, ctx: Ctx): Promise<readonly Descriptor[]> {
  const stored = await readManifest(repository, tag, times, ctx);
  const parsed = stored && parseManifest(stored, `${repository.name}:${tag}`);
  return parsed?.kind === 'index' ? parsed.index.manifests : [];
}

const OK = 200;
const REFUSED = new Set([401, 403]);
const MAXIMUM_BYTES = 8 * 1_024 * 1_024;
const MAXIMUM_PAGES = 100;

/** `undefined` where the registry keeps no list. */
async function listByApi(
  digest: string,
  { repository, times }: Place,
  ctx: Ctx,
): Promise<readonly Descriptor[] | undefined> {
  const found: Descriptor[] = [];
  let at: string | URL | undefined = `referrers/${digest}`;
  for (let page = 0; at !== undefined && page < MAXIMUM_PAGES; page += 1) {
    const request = { method: 'GET', at, access: 'pull', headers: { accept: MEDIA_TYPES.oci.index } } as const;
    const { reply, bytes } = await readAll(
      () => repository.send(request, ctx),
      { ...times, maximumBytes: MAXIMUM_BYTES },
      ctx,
    );
    if (REFUSED.has(reply.status))
      throw await refusal(reply, `list what is attached to "${repository.name}@${digest}"`);
    if (reply.status !== OK || bytes === undefined) {
      await reply.discard();
      return undefined;
    }
    const descriptor = { mediaType: MEDIA_TYPES.oci.index, digest, size: bytes.length };
    const parsed = parseManifest({ descriptor, bytes }, `${repository.name}@${digest}`);
    if (parsed.kind === 'index') found.push(...parsed.index.manifests);
    at = nextPage(reply.headers.link, reply.url);
  }
  return found;
}

/** Source: RFC 8288: `</v2/app/referrers/sha256:…?n=2>; rel="next"`. */
function nextPage(link: string | undefined, url: string): URL | undefined {
  const next = /<([^>]*)>\s*;[^,]*\brel="?next\b/.exec(link ?? '')?.[1];
  return next !== undefined && URL.canParse(next, url) ? new URL(next, url) : undefined;
}
