import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** How often the holder of a lease says that it is there. */
export const BEAT_MS = 5_000;
/** After so much silence a connection is worth nothing, whatever the kernel says of it. */
export const SILENCE_MS = 3 * BEAT_MS;

const NONCE_BYTES = 16;

export function newNonce(): string {
  return randomBytes(NONCE_BYTES).toString('hex');
}

/** What only those can say who have the secret, in answer to this nonce, and in this part. */
export function proofOf(secret: string, part: 'holder' | 'member', nonce: string): string {
  return createHmac('sha256', secret).update(`${part}:${nonce}`).digest('hex');
}

export function isSame(said: string, wanted: string): boolean {
  return said.length === wanted.length && timingSafeEqual(Buffer.from(said), Buffer.from(wanted));
}
