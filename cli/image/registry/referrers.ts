import type { Ctx } from '../../../runtime/core/context.ts';
import type { Descriptor } from '../descriptor.ts';
import { type ImageIndex, parseManifest, renderManifest } from '../manifest.ts';
import { EMPTY_TYPE, MEDIA_TYPES } from '../media-types.ts';
import { describeReferrer, type Referrers } from '../referrers.ts';
import { pushManifest, readManifest, resolveManifest } from './manifests.ts';
import { type RetryTimes, readAll } from './read-all.ts';
import { refusal } from './registry-errors.ts';
import type { Repository } from './repository.ts';

/** What is attached to the images of a repository. Where the registry keeps no list it is kept here, as an index under the tag `sha256-<hex>`: what
 *  somebody else writes there at the same moment is looked for once more, and may be lost all the same.
 *  Source: distribution-spec, "Listing Referrers" and "Referrers Tag Schema". */
export function createReferrers(repository: Repository, times: RetryTimes): Referrers {
  return {
    put: async (referrer, ctx) => {
      const { digest } = referrer.descriptor;
      const described = describeReferrer(referrer, repository.name);
      if (described === undefined) throw new Error(`A referrer has a subject: ${digest}`);
      const { isListed } = await pushManifest(repository, referrer, digest, ctx);
      if (!isListed) await addToTag(described.listed, tagOf(described.subject.digest), { repository, times }, ctx);
      return referrer.descriptor;
    },
    list: async (digest, artifactType, ctx) => {
      const found =
        (await listByApi(digest, { repository, times }, ctx)) ??
        (await readIndex(tagOf(digest), { repository, times }, ctx));
      const typed = await Promise.all(found.map((one) => withType(one, { repository, times }, ctx)));
      return typed.filter((one) => artifactType === null || one.artifactType === artifactType);
    },
  };
}

/** Some registries list the type of the configuration, which is empty, or none: then the manifest itself says what it is. */
async function withType(listed: Descriptor, { repository, times }: Place, ctx: Ctx): Promise<Descriptor> {
  const { artifactType = EMPTY_TYPE, digest } = listed;
  if (artifactType !== EMPTY_TYPE) return listed;
  const stored = await readManifest(repository, digest, times, ctx);
  return (stored && describeReferrer(stored, `${repository.name}@${digest}`)?.listed) ?? listed;
}

interface Place {
  readonly repository: Repository;
  readonly times: RetryTimes;
}

function tagOf(digest: string): string {
  return digest.replace(':', '-');
}

/** A registry knows no "if nobody has written since". */
const TRIES = 3;

async function addToTag(listed: Descriptor, tag: string, place: Place, ctx: Ctx): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const known = await readIndex(tag, place, ctx);
    if (known.some(({ digest }) => digest === listed.digest)) return;
    const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: [...known, listed] };
    const stored = renderManifest(index);
    await pushManifest(place.repository, stored, tag, ctx);
    const now = await resolveManifest(place.repository, tag, ctx);
    if (now === null || now === stored.descriptor.digest) return;
  }
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
