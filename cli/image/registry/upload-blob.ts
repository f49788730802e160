import { type Ctx, withSignal } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { Reply } from '../../packages/exchange.ts';
import type { BlobSource } from '../image-store.ts';
import { type BlobBody, createBlobBody, readBlob } from './blob-body.ts';
import type { RetryTimes } from './read-all.ts';
import { refusal } from './registry-errors.ts';
import { isCutError } from './registry-http.ts';
import type { Repository, RepositoryRequest } from './repository.ts';
import { isRetried, waitBefore } from './retry-after.ts';
import { ACCEPTED, beginUpload, cancelUpload, delayedAbort, type Upload, uploadOf } from './upload.ts';

const TAKEN = new Set([ACCEPTED]);
const STORED = new Set([200, 201, 204]);
const BAD_REQUEST = 400;

export interface UploadDeps {
  readonly repository: Repository;
  readonly times: RetryTimes;
  /** An upload that is there already, for the first try. */
  readonly begun: Upload | undefined;
}

/** What is no larger is read before it is sent. */
const SMALL_BYTES = 1_024 * 1_024;

/** Sends the bytes of a blob. What is cut begins again from the first byte, in an upload of its own: how much of it came is not known.
 *  A small blob is read and checked first, and then goes in one request with its length. A large one goes as chunks (PATCH, as docker and skopeo
 *  do), because that can be ended early: a registry refuses to delete an upload of which it has bytes that it has told nobody about. */
export async function uploadBlob(blob: BlobSource, { repository, times, begun }: UploadDeps, ctx: Ctx): Promise<void> {
  const isSmall = blob.descriptor.size <= SMALL_BYTES;
  let upload = begun;
  try {
    const work = isSmall ? await readBlob(blob, ctx) : createBlobBody(blob, ctx);
    for (const waitMs of [...times.retryWaitsMs, undefined]) {
      upload ??= await begin(repository, ctx);
      const attempt: Attempt = {
        digest: blob.descriptor.digest,
        repository,
        waitMs,
        moveTo: (next) => {
          upload = next;
        },
      };
      const pauseMs = await (work instanceof Uint8Array
        ? putWhole(work, upload, attempt, ctx)
        : putChunks(work, upload, attempt, ctx));
      if (pauseMs === undefined) {
        upload = undefined;
        return ctx.signal.throwIfAborted();
      }
      await cancelUpload(upload, repository, ctx);
      upload = undefined;
      await times.pause(pauseMs, ctx);
    }
  } finally {
    if (upload !== undefined) await cancelUpload(upload, repository, ctx);
  }
}

async function begin(repository: Repository, ctx: Ctx): Promise<Upload> {
  const { reply, upload } = await beginUpload({ repository }, ctx);
  if (upload === undefined) throw await refusal(reply, `push to "${repository.name}"`);
  await reply.discard();
  return upload;
}

interface Attempt {
  readonly digest: string;
  readonly repository: Repository;
  /** Before the next one; `undefined` when this is the last. */
  readonly waitMs: number | undefined;
  /** The upload is somewhere else from now on. */
  readonly moveTo: (next: Upload) => void;
}

const OCTETS = { 'content-type': 'application/octet-stream' };

/** One attempt. How long to wait before the next one; `undefined` when the registry has it. */
async function putWhole(
  body: Uint8Array,
  { location }: Upload,
  attempt: Attempt,
  ctx: Ctx,
): Promise<number | undefined> {
  using late = delayedAbort(ctx.signal);
  const request = { method: 'PUT', at: withDigest(location, attempt.digest), headers: OCTETS, body } as const;
  return judged(await sendOnce(request, attempt, withSignal(ctx, late.signal)), STORED, attempt, ctx);
}

async function putChunks(
  body: BlobBody,
  { location }: Upload,
  attempt: Attempt,
  ctx: Ctx,
): Promise<number | undefined> {
  using late = delayedAbort(ctx.signal);
  const own = withSignal(ctx, late.signal);
  const sent = await sendOnce({ method: 'PATCH', at: location, headers: OCTETS, body }, attempt, own);
  const next = typeof sent === 'number' || sent.status !== ACCEPTED ? undefined : uploadOf(sent);
  if (next) attempt.moveTo(next);
  body.check();
  const pauseMs = await judged(sent, TAKEN, attempt, ctx);
  if (pauseMs !== undefined) return pauseMs;
  const request = {
    method: 'PUT',
    at: withDigest((next ?? { location }).location, attempt.digest),
    body: NOTHING,
  } as const;
  return judged(await sendOnce(request, attempt, own), STORED, attempt, ctx);
}

const NOTHING = new Uint8Array();

type Sent = Pick<RepositoryRequest, 'method' | 'at' | 'headers' | 'body'>;

/** The reply, or how long to wait after a connection that was cut. */
async function sendOnce(request: Sent, { repository, waitMs }: Attempt, ctx: Ctx): Promise<Reply | number> {
  try {
    return await repository.send({ ...request, access: 'push', isOnce: true, isLong: true }, ctx);
  } catch (error) {
    if (waitMs === undefined || !isCutError(error)) throw error;
    return waitMs;
  }
}

async function judged(
  sent: Reply | number,
  good: ReadonlySet<number>,
  { digest, repository, waitMs }: Attempt,
  ctx: Ctx,
): Promise<number | undefined> {
  if (typeof sent === 'number') return sent;
  const pauseMs = waitMs !== undefined && isRetried(sent.status) ? waitBefore(sent, waitMs, ctx) : undefined;
  if (!good.has(sent.status) && pauseMs === undefined) throw await refusedBlob(sent, digest, repository);
  await sent.discard();
  return pauseMs;
}

/** As text: what the registry wrote into its query stays as it is. */
function withDigest({ href, search }: URL, digest: string): URL {
  return new URL(`${href}${search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`);
}

async function refusedBlob(reply: Reply, digest: string, { name }: Repository): Promise<ToolError> {
  const error = await refusal(reply, `push blob ${digest} to "${name}"`);
  const { status, codes } = error.details;
  const isDigest = status === BAD_REQUEST && Array.isArray(codes) && codes.includes('DIGEST_INVALID');
  if (!isDigest) return error;
  return new ToolError('DIGEST_MISMATCH', error.message, { details: error.details, cause: error });
}
