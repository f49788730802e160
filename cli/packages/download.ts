import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { StepName } from '../../runtime/core/events.ts';
import type { Http, Reply } from './http.ts';
import { isPassing, networkError } from './http-errors.ts';
import { createByteProgress } from './progress.ts';
import { RETRY_WAITS_MS } from './retry.ts';

/** A file to fetch: nothing is fetched whose hash is not known before. */
export interface RemoteFile {
  readonly filename: string;
  readonly url: string;
  readonly sha256: string;
}

export interface DownloadDeps {
  readonly http: Http;
  readonly step: StepName;
  /** Between tries; each try that brings a byte starts from the first again. */
  readonly retryWaitsMs?: readonly number[];
}

/** The bytes of a file as one stream, resumed across cut connections. It ends well only if the hash is right, so what is made from it must not be
 *  used before its end. Says how far it is at most four times a second.
 *  @throws {ToolError} from the stream: HASH_MISMATCH, INDEX_UNREACHABLE, INDEX_AUTH; the stream fails with `signal.reason` on abort */
export function downloadStream(file: RemoteFile, deps: DownloadDeps, ctx: Ctx): Readable {
  return Readable.from(verified(file, deps, ctx), { objectMode: false });
}

async function* verified(file: RemoteFile, deps: DownloadDeps, ctx: Ctx): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of resumed(file, deps, ctx)) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest('hex');
  if (found !== file.sha256) {
    throw new ToolError(
      'HASH_MISMATCH',
      `Cannot use "${file.filename}" from "${new URL(file.url).host}": its hash is ${found}, not ${file.sha256}`,
      { details: { filename: file.filename, found, expected: file.sha256 } },
    );
  }
}

/** More cuts than this in one file is not a network. */
const MAXIMUM_CUTS = 100;

async function* resumed(file: RemoteFile, deps: DownloadDeps, ctx: Ctx): AsyncGenerator<Buffer> {
  const waits = deps.retryWaitsMs ?? RETRY_WAITS_MS;
  const progress = createByteProgress(`fetches ${file.filename}`, deps.step, ctx);
  let [offset, fruitless] = [0, 0];
  for (let cuts = 0; ; cuts += 1) {
    try {
      for await (const chunk of from(file, offset, deps.http, progress.setTotal, ctx)) {
        offset += chunk.length;
        fruitless = 0;
        progress.report(offset);
        yield chunk;
      }
      progress.finish(offset);
      return;
    } catch (error) {
      const waitMs = waits[fruitless];
      if (!isPassing(error) || waitMs === undefined || cuts === MAXIMUM_CUTS) throw error;
      fruitless += 1;
      await pause(waitMs, undefined, { signal: ctx.signal });
    }
  }
}

/** One connection: the bytes from `offset` to the end, or an error. */
async function* from(
  file: RemoteFile,
  offset: number,
  http: Http,
  setTotal: (bytes: number) => void,
  ctx: Ctx,
): AsyncGenerator<Buffer> {
  const headers = { 'accept-encoding': 'identity', ...(offset === 0 ? {} : { range: `bytes=${offset}-` }) };
  const reply = await http.get(file.url, headers, ctx);
  const { host } = new URL(file.url);
  const start = startOf(reply, offset);
  if (start === undefined) {
    reply.body.on('error', () => {}).destroy();
    throw new ToolError(
      'PACKAGE_NOT_FOUND',
      `Cannot fetch "${file.filename}" from "${host}": it answered ${reply.status}`,
    );
  }
  const length = Number(reply.headers['content-length'] ?? Number.NaN);
  const total = start + length;
  if (total > 0) setTotal(total);
  let at = start;
  try {
    for await (const chunk of reply.body) {
      if (!Buffer.isBuffer(chunk)) continue;
      // A server that does not know ranges sends all of it again.
      const known = Math.min(Math.max(offset - at, 0), chunk.length);
      at += chunk.length;
      if (known < chunk.length) yield chunk.subarray(known);
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw error instanceof ToolError ? error : networkError(error, host);
  }
  if (at < total) throw networkError(Object.assign(new Error('The body ended early'), { code: 'ECONNRESET' }), host);
}

const PARTIAL = 206;
const OK = 200;

function startOf(reply: Reply, offset: number): number | undefined {
  if (reply.status === OK) return 0;
  const match = /^bytes (\d+)-/.exec(reply.headers['content-range'] ?? '');
  return reply.status === PARTIAL && match && Number(match[1]) === offset ? offset : undefined;
}
