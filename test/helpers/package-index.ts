import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** How the index answers; each can be changed while it runs. */
export interface IndexBehaviour {
  /** Which form the projects' pages have. */
  form: 'html' | 'json';
  /** Says another hash than that of the file. */
  hash: 'right' | 'wrong' | 'none';
  /** Files end after so many bytes, so many times; the connection is cut. */
  cut: { readonly afterBytes: number; times: number } | null;
  /** Ignores the Range header, as a plain file server may. */
  knowsRanges: boolean;
  /** Files stop after so many bytes and the connection stays open. */
  stallAfterBytes: number | null;
  /** `user:password` that every request must carry. */
  login: string | null;
  /** Every request is answered with this. */
  status: number | null;
  /** When each file came, by its name; `null` says of none. Only the form `json` has times. */
  uploaded: Readonly<Record<string, string>> | null;
}

export interface PackageIndex extends AsyncDisposable {
  /** Without a `/` at the end. */
  readonly url: string;
  readonly behaviour: IndexBehaviour;
  /** Every request so far: `/simple/uv/`, `/files/uv-….whl`. */
  readonly requests: readonly string[];
  /** Requests for files so far. */
  readonly downloads: () => number;
}

/** A package index on 127.0.0.1 with these files by project: `{ uv: { 'uv-1-py3-none-any.whl': bytes } }`; with `tls` over https alone. */
export async function startPackageIndex(
  projects: Readonly<Record<string, Readonly<Record<string, Buffer>>>>,
  behaviour: Partial<IndexBehaviour> = {},
  tls?: { readonly key: string; readonly cert: string },
): Promise<PackageIndex> {
  const state: IndexBehaviour = {
    ...{ form: 'html', hash: 'right', cut: null, knowsRanges: true, stallAfterBytes: null, login: null, status: null },
    uploaded: null,
    ...behaviour,
  };
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request.url ?? '');
    answer(request, response, projects, state);
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is one.
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/simple`,
    behaviour: state,
    requests,
    downloads: () => requests.filter((url) => url.startsWith('/files/')).length,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

type Projects = Readonly<Record<string, Readonly<Record<string, Buffer>>>>;

function answer(request: IncomingMessage, response: ServerResponse, projects: Projects, state: IndexBehaviour): void {
  const login = state.login === null ? undefined : `Basic ${Buffer.from(state.login).toString('base64')}`;
  const [, folder, name = ''] = (request.url ?? '').split('/');
  const file = Object.values(projects).find((files) => name in files)?.[name];
  const project = projects[name];
  if (state.status !== null) response.writeHead(state.status).end();
  else if (login !== undefined && request.headers.authorization !== login) response.writeHead(401).end();
  else if (folder === 'files' && file) sendFile(request, response, file, state);
  else if (folder === 'simple' && project) sendPage(response, project, state);
  else response.writeHead(404).end();
}

function sendPage(response: ServerResponse, files: Readonly<Record<string, Buffer>>, state: IndexBehaviour): void {
  const rows = Object.entries(files).map(([filename, bytes]) => ({
    filename,
    url: `../../files/${filename}`,
    hash: state.hash === 'none' ? null : state.hash === 'right' ? sha256(bytes) : '0'.repeat(64),
  }));
  if (state.form === 'json') {
    const listed = rows.map(({ filename, url, hash }) => ({
      filename,
      url,
      hashes: hash === null ? {} : { sha256: hash },
      ...(state.uploaded?.[filename] === undefined ? {} : { 'upload-time': state.uploaded[filename] }),
    }));
    response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' });
    response.end(JSON.stringify({ meta: { 'api-version': '1.1' }, files: listed }));
    return;
  }
  const links = rows.map(({ filename, url, hash }) => {
    const fragment = hash === null ? '' : `#sha256=${hash}`;
    return `<a href="${url}${fragment}" data-requires-python="&gt;=3.8">${filename}</a><br/>`;
  });
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(`<!DOCTYPE html><html><body>\n${links.join('\n')}\n</body></html>`);
}

function sendFile(request: IncomingMessage, response: ServerResponse, bytes: Buffer, state: IndexBehaviour): void {
  const start = state.knowsRanges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
  const content = bytes.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': content.length,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
  });
  if (state.stallAfterBytes !== null) {
    response.write(content.subarray(0, state.stallAfterBytes));
  } else if (state.cut !== null && state.cut.times > 0) {
    state.cut.times -= 1;
    response.write(content.subarray(0, state.cut.afterBytes), () => response.destroy());
  } else response.end(content);
}
