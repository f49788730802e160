import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { isDigest } from '../../../runtime/core/image-ref.ts';
import type { Reply } from '../../packages/exchange.ts';
import { digestOf } from '../digest.ts';
import type { StoredManifest } from '../image-store.ts';
import { parseJson } from '../json.ts';
import { parseManifest } from '../manifest.ts';
import { MANIFEST_TYPES } from '../media-types.ts';
import { type RetryTimes, readAll } from './read-all.ts';
import { refusal } from './registry-errors.ts';
import type { Repository } from './repository.ts';

const OK = 200;
const CREATED = 201;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;
/** What registries take, at least, is 4 MiB. Source: distribution-spec, "Pushing Manifests". */
const MAXIMUM_BYTES = 8 * 1_024 * 1_024;
const ACCEPT = { accept: MANIFEST_TYPES.join(', ') };

/** By tag or digest, with the digest that it must have; `undefined` when it is not there.
 *  @throws {ToolError} DIGEST_MISMATCH, MANIFEST_UNSUPPORTED, MANIFEST_INVALID, REGISTRY_AUTH, REGISTRY_REFUSED, REGISTRY_UNREACHABLE */
export async function readManifest(
  repository: Repository,
  reference: string,
  times: RetryTimes,
  ctx: Ctx,
): Promise<StoredManifest | undefined> {
  const name = nameOf(repository, reference);
  const request = { method: 'GET', at: `manifests/${reference}`, access: 'pull', headers: ACCEPT } as const;
  const { reply, bytes } = await readAll(
    () => repository.send(request, ctx),
    { ...times, maximumBytes: MAXIMUM_BYTES },
    ctx,
  );
  if (reply.status === NOT_FOUND) {
    await reply.discard();
    return undefined;
  }
  if (reply.status !== OK) throw await refusal(reply, `read the manifest of "${name}"`);
  if (bytes === undefined) {
    throw new ToolError(
      'MANIFEST_INVALID',
      `Cannot read the manifest of "${name}": it has more than ${MAXIMUM_BYTES} bytes`,
    );
  }
  const stored = {
    descriptor: { mediaType: mediaTypeOf(reply, bytes), digest: digestOf(bytes), size: bytes.length },
    bytes,
  };
  parseManifest(stored, name);
  const said = isDigest(reference) ? reference : reply.headers['docker-content-digest'];
  if (said !== undefined && isDigest(said) && said !== stored.descriptor.digest) {
    throw mismatch(`read the manifest of "${name}"`, said, stored.descriptor.digest);
  }
  return stored;
}

/** What it calls itself counts, then what the registry calls it. */
function mediaTypeOf(reply: Reply, bytes: Uint8Array): string {
  const value = parseJson(bytes);
  const own = typeof value === 'object' && value !== null && 'mediaType' in value ? value.mediaType : undefined;
  const said = (reply.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
  return typeof own === 'string' ? own : said;
}

/** The digest of a tag, for one request; `null` where the registry does not say: whether it is there is not known then either. */
export async function resolveManifest(
  repository: Repository,
  reference: string,
  ctx: Ctx,
): Promise<string | null | undefined> {
  const request = { method: 'HEAD', at: `manifests/${reference}`, access: 'pull', headers: ACCEPT } as const;
  const reply = await repository.send(request, ctx);
  await reply.discard();
  if (reply.status === NOT_FOUND) return undefined;
  if (reply.status === UNAUTHORIZED)
    throw await refusal(reply, `read the manifest of "${nameOf(repository, reference)}"`);
  const digest = reply.status === OK ? (reply.headers['docker-content-digest'] ?? '') : '';
  return isDigest(digest) ? digest : null;
}

export interface PushedManifest {
  /** Whether the registry lists it among the referrers of its subject. */
  readonly isListed: boolean;
}

/** Stores a manifest under a tag or its digest.
 *  @throws {ToolError} DIGEST_MISMATCH, REGISTRY_AUTH, REGISTRY_REFUSED, REGISTRY_UNREACHABLE */
export async function pushManifest(
  repository: Repository,
  { descriptor, bytes }: StoredManifest,
  reference: string,
  ctx: Ctx,
): Promise<PushedManifest> {
  const action = `push the manifest of "${nameOf(repository, reference)}"`;
  const found = digestOf(bytes);
  if (found !== descriptor.digest) throw mismatch(action, descriptor.digest, found);
  const headers = { 'content-type': descriptor.mediaType };
  const reply = await repository.send(
    { method: 'PUT', at: `manifests/${reference}`, access: 'push', headers, body: bytes },
    ctx,
  );
  if (reply.status !== CREATED) throw await refusal(reply, action);
  await reply.discard();
  const stored = reply.headers['docker-content-digest'] ?? found;
  if (stored !== found) throw mismatch(action, found, stored);
  return { isListed: reply.headers['oci-subject'] !== undefined };
}

function nameOf({ name }: Repository, reference: string): string {
  return `${name}${isDigest(reference) ? '@' : ':'}${reference}`;
}

function mismatch(action: string, expected: string, found: string): ToolError {
  return new ToolError('DIGEST_MISMATCH', `Cannot ${action}: its digest is ${found}, not ${expected}`, {
    details: { expected, found },
  });
}
