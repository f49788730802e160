import { createHash } from 'node:crypto';
import { TRUST_STORE_PASSWORD } from '../../runtime/core/java-options.ts';

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;

/** A Java key store that trusts these certificates (DER): the oldest of its formats, which every Java from 8 on reads without being told its type.
 *  The same certificates give the same bytes. Source: sun.security.provider.JavaKeyStore of the JDK; checked by its keytool. */
export function encodeTrustStore(certificates: readonly Buffer[]): Buffer {
  const entries = certificates.flatMap((der, at) => [
    uint32(TRUSTED_CERTIFICATE),
    text(`certificate-${at + 1}`),
    // The time at which it was added, in two halves.
    uint32(0),
    uint32(0),
    text('X.509'),
    uint32(der.length),
    der,
  ]);
  const body = Buffer.concat([uint32(MAGIC), uint32(VERSION), uint32(certificates.length), ...entries]);
  const password = Buffer.from(TRUST_STORE_PASSWORD, 'utf16le').swap16();
  const digest = createHash('sha1').update(password).update('Mighty Aphrodite').update(body).digest();
  return Buffer.concat([body, digest]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** As java.io.DataOutput writes it; our texts are ASCII. */
function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value, 'ascii')]);
}
