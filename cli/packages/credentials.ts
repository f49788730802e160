export interface Login {
  readonly user: string;
  readonly password: string;
  /** Whether the password is a token that goes by itself, without the user. Default false. */
  readonly isBearer?: boolean;
}

/** By `host` or `host:port`. */
export type Credentials = ReadonlyMap<string, Login>;

/** Takes the credentials out of a URL, and the `/` from its end. */
export function splitCredentials(text: string): {
  readonly url: string;
  readonly host: string;
  readonly login: Login | null;
} {
  const url = new URL(text);
  const login =
    url.username === '' && url.password === ''
      ? null
      : { user: decoded(url.username), password: decoded(url.password) };
  url.username = '';
  url.password = '';
  return { url: url.href.replace(/\/+$/, ''), host: url.host, login };
}

/** A `%` that begins no escape stands for itself, as browsers and curl take it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URL as a child program needs it. For its environment only: never for arguments, logs or errors. */
export function withCredentials(text: string, credentials: Credentials): string {
  const url = new URL(text);
  const login = loginFor(url, credentials);
  if (login !== undefined) {
    url.username = encodeURIComponent(login.user);
    url.password = encodeURIComponent(login.password);
  }
  return url.href.replace(/\/+$/, '');
}

export function authorizationFor(url: URL, credentials: Credentials): string | undefined {
  const login = loginFor(url, credentials);
  if (login?.isBearer) return `Bearer ${login.password}`;
  return login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
}

/** A netrc file names hosts without a port. */
function loginFor(url: URL, credentials: Credentials): Login | undefined {
  return credentials.get(url.host) ?? credentials.get(url.hostname);
}
