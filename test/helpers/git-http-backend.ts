import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { GitExchange } from './git-server.ts';

/** How much of an answer gets through before a repository with `stall: 'midway'` falls silent. */
const STALL_AFTER_BYTES = 64;

/** Answers one request by git's own CGI program. Source: https://git-scm.com/docs/git-http-backend */
export function answerByGit({ root, request, response, rules }: GitExchange): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn(backendPath(), [], {
    env: {
      PATH: process.env.PATH,
      HOME: root,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
      ...(rules.oldProtocol === true ? {} : { GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '') }),
    },
  });
  request.pipe(backend.stdin);
  // A client that goes away takes its CGI program with it.
  backend.stdin.on('error', () => {});
  response.once('close', () => backend.kill());
  const stalls = rules.stall === 'midway' && request.method === 'POST';
  relay(backend.stdout, response, stalls ? STALL_AFTER_BYTES : Number.POSITIVE_INFINITY);
}

function backendPath(): string {
  return join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
}

/** Turns a CGI answer (headers, empty line, body) into an HTTP one; after `limit` bytes of body it neither goes on nor ends. */
function relay(from: NodeJS.ReadableStream, response: GitExchange['response'], limit: number): void {
  let head: Buffer | undefined = Buffer.alloc(0);
  let sent = 0;
  const send = (chunk: Buffer, to: Writable): void => {
    const part = chunk.subarray(0, Math.max(0, limit - sent));
    sent += part.length;
    if (part.length > 0) to.write(part);
  };
  from.on('data', (chunk: Buffer) => {
    if (head === undefined) {
      send(chunk, response);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    writeHead(head.subarray(0, end).toString('latin1'), response);
    send(head.subarray(end + 4), response);
    head = undefined;
  });
  from.on('end', () => {
    if (sent < limit) response.end();
  });
}

function writeHead(text: string, response: GitExchange['response']): void {
  const headers = text.split('\r\n').map((line) => line.split(/: ?(.*)/s, 2));
  const status = headers.find(([name]) => name?.toLowerCase() === 'status')?.[1] ?? '200';
  response.writeHead(
    Number.parseInt(status, 10),
    Object.fromEntries(headers.filter(([name]) => name?.toLowerCase() !== 'status')),
  );
}
