import type { Readable } from 'node:stream';
import * as z from 'zod/mini';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { Reply } from '../../packages/exchange.ts';
import { connectionFailure } from '../../packages/http-errors.ts';
import { parseJson } from '../json.ts';

/** Says that there was no answer. */
export function unreachable(error: unknown, host: string): ToolError {
  const { errno, reason, isCertificate } = connectionFailure(error);
  const isPlain = PLAIN_HTTP.has(errno);
  const state = isPlain ? 'it does not speak TLS' : reason;
  const hint = isPlain
    ? 'Name another port, or allow plain http for this registry'
    : 'Name the certificate authority of the registry with --ca-file';
  return new ToolError('REGISTRY_UNREACHABLE', `Cannot reach registry "${host}": ${state}`, {
    cause: error,
    details: { host, errno },
    ...(isPlain || isCertificate ? { hint } : {}),
  });
}

/** What TLS makes of an answer in plain http. */
const PLAIN_HTTP = new Set(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** Says that a request was refused, with the codes and the words of the registry. `action` goes after "Cannot". Reads the reply's body. */
export async function refusal(reply: Reply, action: string): Promise<ToolError> {
  const { status } = reply;
  const { host } = new URL(reply.url);
  const errors = await readErrors(reply);
  const said = errors.map(({ code, message }) => [code, message].filter(Boolean).join(': ')).join('; ');
  const isAuth = status === UNAUTHORIZED || status === FORBIDDEN;
  return new ToolError(
    isAuth ? 'REGISTRY_AUTH' : 'REGISTRY_REFUSED',
    `Cannot ${action}: "${host}" answered ${status}${said === '' ? '' : ` (${said})`}`,
    { details: { host, status, codes: errors.map(({ code }) => code) } },
  );
}

export interface RegistryError {
  /** `MANIFEST_BLOB_UNKNOWN`, `DIGEST_INVALID`, … */
  readonly code: string;
  readonly message: string;
}

const ErrorsSchema = z.looseObject({
  errors: z.array(z.looseObject({ code: z.string(), message: z.exactOptional(z.string()) })),
});
const MAXIMUM_ERROR_BYTES = 64 * 1_024;
const MAXIMUM_TEXT = 200;

/** What a reply's body says is wrong; nothing where it is not of the form that registries use. Source: distribution-spec, "Error Codes". */
async function readErrors(reply: Reply): Promise<readonly RegistryError[]> {
  const bytes = await readBounded(reply.body, MAXIMUM_ERROR_BYTES).catch(() => undefined);
  const parsed = bytes && ErrorsSchema.safeParse(parseJson(bytes));
  if (!parsed?.success) return [];
  return parsed.data.errors.map(({ code, message = '' }) => ({ code: oneLine(code), message: oneLine(message) }));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MAXIMUM_TEXT);
}

/** All of a body, or `undefined` when it has more bytes. */
export async function readBounded(body: Readable, maximumBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maximumBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
