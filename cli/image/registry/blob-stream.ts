import { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { isNetworkFailure, type Reply } from '../../packages/exchange.ts';
import type { Descriptor } from '../descriptor.ts';
import { verifiedStream } from '../verified-stream.ts';
import type { RetryTimes } from './read-all.ts';
import { refusal, unreachable } from './registry-errors.ts';
import type { Repository } from './repository.ts';

/** The bytes of a blob, resumed where the connection is cut. The stream ends well only if they are those of the digest.
 *  @throws {ToolError} REGISTRY_AUTH, REGISTRY_REFUSED (it is not there), REGISTRY_UNREACHABLE; the same and DIGEST_MISMATCH from the stream, which
 *  fails with `signal.reason` on abort */
export async function openBlob(
  repository: Repository,
  descriptor: Descriptor,
  times: RetryTimes,
  ctx: Ctx,
): Promise<Readable> {
  const download: Download = { repository, descriptor, times };
  const first = await request(download, 0, ctx);
  const source = Readable.from(resumed(first, download, ctx), { objectMode: false });
  // One that is never read has a connection all the same.
  source.once('close', () => first.body.on('error', () => {}).destroy());
  return verifiedStream(source, descriptor, repository.name);
}

interface Download {
  readonly repository: Repository;
  readonly descriptor: Descriptor;
  readonly times: RetryTimes;
}

const OK = 200;
const PARTIAL = 206;

async function request({ repository, descriptor }: Download, offset: number, ctx: Ctx): Promise<Reply> {
  const headers = { 'accept-encoding': 'identity', ...(offset === 0 ? {} : { range: `bytes=${offset}-` }) };
  const reply = await repository.send(
    { method: 'GET', at: `blobs/${descriptor.digest}`, access: 'pull', headers },
    ctx,
  );
  if (startOf(reply, offset) !== undefined) return reply;
  throw await refusal(reply, `read blob ${descriptor.digest} of "${repository.name}"`);
}

/** Where the bytes of a reply begin; `undefined` for one that has none of the blob. */
function startOf({ status, headers }: Reply, offset: number): number | undefined {
  if (status === OK) return 0;
  const match = /^bytes (\d+)-/.exec(headers['content-range'] ?? '');
  return status === PARTIAL && match && Number(match[1]) === offset ? offset : undefined;
}

/** More cuts than this in one blob is not a network. */
const MAXIMUM_CUTS = 100;

/** Each try that brings a byte has all the tries after it again. */
async function* resumed(first: Reply, download: Download, ctx: Ctx): AsyncGenerator<Buffer> {
  const { retryWaitsMs, pause } = download.times;
  let reply = first;
  let [offset, fruitless] = [0, 0];
  for (let cuts = 0; ; cuts += 1) {
    try {
      for await (const chunk of bytesFrom(reply, offset)) {
        offset += chunk.length;
        fruitless = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!isNetworkFailure(error)) throw error;
      const waitMs = retryWaitsMs[fruitless];
      if (waitMs === undefined || cuts === MAXIMUM_CUTS) throw unreachable(error, new URL(reply.url).host);
      fruitless += 1;
      await pause(waitMs, ctx);
    }
    reply = await request(download, offset, ctx);
  }
}

/** A server that does not know ranges sends all of it again. */
async function* bytesFrom(reply: Reply, offset: number): AsyncGenerator<Buffer> {
  let at = startOf(reply, offset) ?? 0;
  for await (const chunk of reply.body) {
    if (!Buffer.isBuffer(chunk)) continue;
    const known = Math.min(Math.max(offset - at, 0), chunk.length);
    at += chunk.length;
    if (known < chunk.length) yield chunk.subarray(known);
  }
}
