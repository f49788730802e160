import type { Ctx } from '../../../runtime/core/context.ts';
import { withSignal } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { Reply } from '../../packages/exchange.ts';
import type { BlobSource } from '../image-store.ts';
import type { RetryTimes } from './read-all.ts';
import { refusal } from './registry-errors.ts';
import { isCutError } from './registry-http.ts';
import type { Repository } from './repository.ts';
import { isRetried, waitBefore } from './retry-after.ts';

/** A place that a registry made for the bytes of one blob. It is there until they are whole, or it is deleted. */
export interface Upload {
  readonly location: URL;
}

export interface UploadBegin {
  readonly repository: Repository;
  /** Of the request, without the `?`: what is to be mounted. */
  readonly query?: string;
  readonly isOnce?: boolean;
}

const ACCEPTED = 202;
const STORED = new Set([200, 201, 204]);
const BAD_REQUEST = 400;
/** What a registry that is asked while we are stopped may still take, so that we know what to delete. */
const GRACE_MS = 3_000;
const CLEANUP_MS = 5_000;

/** Asks for an upload. When the call is aborted meanwhile, what was begun is deleted.
 *  @throws {ToolError} as Repository.send(); rejects with `signal.reason` */
export async function beginUpload(
  { repository, query, isOnce = false }: UploadBegin,
  ctx: Ctx,
): Promise<{ readonly reply: Reply; readonly upload: Upload | undefined }> {
  ctx.signal.throwIfAborted();
  using late = delayedAbort(ctx.signal, GRACE_MS);
  const at = `blobs/uploads/${query === undefined ? '' : `?${query}`}`;
  const reply = await repository
    .send({ method: 'POST', at, access: 'push', isOnce }, withSignal(ctx, late.signal))
    .catch((error) => {
      ctx.signal.throwIfAborted();
      throw error;
    });
  const { location } = reply.headers;
  const isBegun = reply.status === ACCEPTED && location !== undefined && URL.canParse(location, reply.url);
  const upload = isBegun ? { location: new URL(location, reply.url) } : undefined;
  if (ctx.signal.aborted) {
    await reply.discard();
    if (upload) await cancelUpload(upload, repository, ctx);
    ctx.signal.throwIfAborted();
  }
  return { reply, upload };
}

/** Deletes an upload, under a deadline of its own. That it stays is no failure of anything: registries clean up too. */
export async function cancelUpload({ location }: Upload, repository: Repository, ctx: Ctx): Promise<void> {
  const own = withSignal(ctx, AbortSignal.timeout(CLEANUP_MS));
  try {
    const reply = await repository.send({ method: 'DELETE', at: location, access: 'push', isOnce: true }, own);
    await reply.discard();
  } catch {
    // It ends by the registry's own rules.
  }
}

export interface UploadDeps {
  readonly repository: Repository;
  readonly times: RetryTimes;
  /** An upload that is there already, for the first try. */
  readonly begun: Upload | undefined;
}

/** Sends the bytes of a blob. What is cut begins again from the first byte, in an upload of its own: how much of it came is not known. */
export async function uploadBlob(blob: BlobSource, { repository, times, begun }: UploadDeps, ctx: Ctx): Promise<void> {
  for (let tried = 0; ; tried += 1) {
    const upload = (tried === 0 ? begun : undefined) ?? (await begin(repository, ctx));
    let pauseMs: number | undefined;
    try {
      pauseMs = await send(blob, upload, { repository, waitMs: times.retryWaitsMs[tried] }, ctx);
      if (pauseMs === undefined) return;
    } catch (error) {
      pauseMs = isCutError(error) ? times.retryWaitsMs[tried] : undefined;
      if (pauseMs === undefined || ctx.signal.aborted) {
        await cancelUpload(upload, repository, ctx);
        ctx.signal.throwIfAborted();
        throw error;
      }
    }
    await cancelUpload(upload, repository, ctx);
    await times.pause(pauseMs, ctx);
  }
}

async function begin(repository: Repository, ctx: Ctx): Promise<Upload> {
  const { reply, upload } = await beginUpload({ repository }, ctx);
  if (upload === undefined) throw await refusal(reply, `push to "${repository.name}"`);
  await reply.discard();
  return upload;
}

interface Try {
  readonly repository: Repository;
  /** Before the next one; `undefined` when this is the last. */
  readonly waitMs: number | undefined;
}

/** One try. How long to wait before the next one; `undefined` when the registry has it. */
async function send(
  blob: BlobSource,
  { location }: Upload,
  { repository, waitMs }: Try,
  ctx: Ctx,
): Promise<number | undefined> {
  const { digest, size } = blob.descriptor;
  // As text: what the registry wrote into its query stays as it is.
  const at = new URL(`${location.href}${location.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`);
  const headers = { 'content-type': 'application/octet-stream' };
  const body = { size, open: blob.open };
  const reply = await repository.send({ method: 'PUT', at, access: 'push', headers, body, isOnce: true }, ctx);
  const isStored = STORED.has(reply.status);
  const pauseMs = waitMs !== undefined && isRetried(reply.status) ? waitBefore(reply, waitMs, ctx) : undefined;
  if (!isStored && pauseMs === undefined) throw await refusedBlob(reply, blob, repository);
  await reply.discard();
  return pauseMs;
}

async function refusedBlob(reply: Reply, { descriptor }: BlobSource, { name }: Repository): Promise<ToolError> {
  const error = await refusal(reply, `push blob ${descriptor.digest} to "${name}"`);
  const { status, codes } = error.details;
  const isDigest = status === BAD_REQUEST && Array.isArray(codes) && codes.includes('DIGEST_INVALID');
  if (!isDigest) return error;
  return new ToolError('DIGEST_MISMATCH', error.message, { details: error.details, cause: error });
}

/** A signal that aborts some time after another one. */
function delayedAbort(signal: AbortSignal, delayMs: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => controller.abort(signal.reason), delayMs).unref();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
  };
}
