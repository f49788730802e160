/** Why a connection failed, for people, from the `code` of Node's or undici's error; the code itself where nothing better is known. */
export function whyNoConnection(code: string): string {
  return REASONS[code] ?? code;
}

/** Whether the other side's certificate was refused, or there is no TLS to be had from it.
 *  Source: the codes of Node's `tls` module and of OpenSSL. */
export function isTlsFailure(code: string): boolean {
  return /CERT|SIGNATURE|ISSUER|ERR_TLS|ERR_SSL/.test(code);
}

/** Ours: a redirect from https to http. */
export const DOWNGRADE = 'DOWNGRADE';

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it cut the connection',
  ENETUNREACH: 'there is no way to that network',
  EHOSTUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'no answer',
  EPROTO: 'what it answers is not its protocol',
  [DOWNGRADE]: 'it sends on from https to http',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'it says nothing',
  UND_ERR_BODY_TIMEOUT: 'it went silent',
  UND_ERR_SOCKET: 'it cut the connection',
};
