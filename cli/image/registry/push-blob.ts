import type { Ctx } from '../../../runtime/core/context.ts';
import type { BlobArrival, BlobSource } from '../image-store.ts';
import { isForeignLayer } from '../media-types.ts';
import type { RetryTimes } from './read-all.ts';
import { refusal } from './registry-errors.ts';
import type { Repository } from './repository.ts';
import { beginUpload, type Upload } from './upload.ts';
import { uploadBlob } from './upload-blob.ts';

export interface BlobPush {
  readonly repository: Repository;
  readonly times: RetryTimes;
  /** Repositories from which nothing can be mounted: one refusal is enough. */
  readonly unmountable: Set<string>;
}

/** Brings a blob to a repository by the cheapest way there is: it has it, it takes it from another one, it gets the bytes.
 *  @throws {ToolError} REGISTRY_AUTH, REGISTRY_REFUSED, REGISTRY_UNREACHABLE, DIGEST_MISMATCH, and what the blob's source throws */
export async function pushBlob(blob: BlobSource, push: BlobPush, ctx: Ctx): Promise<BlobArrival> {
  const { descriptor } = blob;
  if (isForeignLayer(descriptor.mediaType)) throw new Error(`A foreign layer is never pushed: ${descriptor.digest}`);
  if (await isPresent(descriptor.digest, push.repository, ctx)) return 'present';
  const mounted = await mount(blob, push, ctx);
  if (mounted === 'mounted') return mounted;
  await uploadBlob(blob, { ...push, begun: mounted }, ctx);
  return 'uploaded';
}

const OK = 200;
const CREATED = 201;
const ACCEPTED = 202;
const UNAUTHORIZED = 401;

/** There are registries that answer 403 here for what may be pushed: whatever is no clear answer is none. */
async function isPresent(digest: string, repository: Repository, ctx: Ctx): Promise<boolean> {
  const access = 'push';
  const reply = await repository.send({ method: 'HEAD', at: `blobs/${digest}`, access }, ctx);
  await reply.discard();
  if (reply.status === UNAUTHORIZED || reply.status >= 500) throw await refusal(reply, `push to "${repository.name}"`);
  return reply.status === OK;
}

/** What came of it: an upload that the registry began instead, or nothing. It never fails a push. */
async function mount(
  { descriptor, mountFrom: from }: BlobSource,
  push: BlobPush,
  ctx: Ctx,
): Promise<'mounted' | Upload | undefined> {
  const { repository, unmountable } = push;
  const isElsewhere =
    from === undefined || from.registry !== repository.registry || from.repository === repository.repository;
  if (isElsewhere || unmountable.has(from.repository)) return undefined;
  const query = `mount=${descriptor.digest}&from=${encodeURIComponent(from.repository)}`;
  try {
    const begun = await beginUpload({ repository, query, isOnce: true }, ctx);
    await begun.reply.discard();
    if (begun.reply.status === CREATED) return 'mounted';
    if (begun.reply.status === ACCEPTED) return begun.upload;
  } catch {
    // The plain upload comes next, and says what is wrong.
    ctx.signal.throwIfAborted();
  }
  unmountable.add(from.repository);
  return undefined;
}
