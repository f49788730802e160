import { addAbortListener } from 'node:events';
import { type Ctx, withSignal } from '../../../runtime/core/context.ts';
import type { Reply } from '../../packages/exchange.ts';
import type { Repository } from './repository.ts';

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

export const ACCEPTED = 202;
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
  using late = delayedAbort(ctx.signal);
  const at = `blobs/uploads/${query === undefined ? '' : `?${query}`}`;
  const reply = await repository
    .send({ method: 'POST', at, access: 'push', isOnce }, withSignal(ctx, late.signal))
    .catch((error) => {
      ctx.signal.throwIfAborted();
      throw error;
    });
  const upload = reply.status === ACCEPTED ? uploadOf(reply) : undefined;
  if (ctx.signal.aborted) {
    await reply.discard();
    if (upload) await cancelUpload(upload, repository, ctx);
    ctx.signal.throwIfAborted();
  }
  return { reply, upload };
}

/** Absolute or relative, with a query or without. */
export function uploadOf({ headers: { location }, url }: Reply): Upload | undefined {
  return location !== undefined && URL.canParse(location, url) ? { location: new URL(location, url) } : undefined;
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

/** A signal that aborts a little after another one: for what is better ended than cut. */
export function delayedAbort(signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  // Also called when it is aborted already.
  const listener = addAbortListener(signal, () => {
    timer = setTimeout(() => controller.abort(signal.reason), GRACE_MS).unref();
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      listener[Symbol.dispose]();
      clearTimeout(timer);
    },
  };
}
