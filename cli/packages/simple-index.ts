import { text } from 'node:stream/consumers';
import type { Ctx } from '../../runtime/core/context.ts';
import type { Http } from './http.ts';
import { networkError } from './http-errors.ts';
import { retry } from './retry.ts';
import { parseSimpleHtml } from './simple-html.ts';

/** One file of a project, as an index lists it. */
export interface IndexFile {
  readonly filename: string;
  /** Absolute, without a fragment. */
  readonly url: string;
  /** Hexadecimal; `null` when the index gives none. */
  readonly sha256: string | null;
  readonly isYanked: boolean;
  /** ISO 8601; `null` when the index does not say. */
  readonly uploadTime: string | null;
}

/** Every file of a project; `undefined` when the index does not have the project.
 *  @throws {ToolError} INDEX_UNREACHABLE, INDEX_AUTH. Source: packaging.python.org, "Simple repository API". */
export async function readProject(
  indexUrl: string,
  name: string,
  http: Http,
  ctx: Ctx,
): Promise<readonly IndexFile[] | undefined> {
  const page = await retry(() => readPage(`${indexUrl}/${normalizeName(name)}/`, http, ctx), ctx);
  if (page === undefined) return undefined;
  return /\bjson\b/.test(page.type) ? parseSimpleJson(page.content, page.url) : parseSimpleHtml(page.content, page.url);
}

/** `Typing_Extensions` → `typing-extensions`. Source: packaging.python.org, "Names and normalization". */
export function normalizeName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

const ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';
const NOT_FOUND = 404;

interface Page {
  readonly url: string;
  readonly type: string;
  readonly content: string;
}

async function readPage(url: string, http: Http, ctx: Ctx): Promise<Page | undefined> {
  const reply = await http.get(url, { accept: ACCEPT }, ctx);
  if (reply.status === NOT_FOUND) {
    reply.body.on('error', () => {}).destroy();
    return undefined;
  }
  try {
    return { url: reply.url, type: reply.headers['content-type'] ?? '', content: await text(reply.body) };
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw networkError(error, new URL(url).host);
  }
}

function parseSimpleJson(content: string, base: string): readonly IndexFile[] {
  const page = parseJson(content, new URL(base).host);
  const files = isRecord(page) && Array.isArray(page.files) ? page.files : [];
  return files.filter(isRecord).flatMap((file) => {
    if (typeof file.filename !== 'string' || typeof file.url !== 'string') return [];
    const sha256 = isRecord(file.hashes) && typeof file.hashes.sha256 === 'string' ? file.hashes.sha256 : null;
    const url = URL.parse(file.url, base);
    if (url === null) return [];
    url.hash = '';
    // `yanked` is a boolean or the reason.
    const isYanked = file.yanked !== undefined && file.yanked !== false;
    const uploadTime = typeof file['upload-time'] === 'string' ? file['upload-time'] : null;
    return [{ filename: file.filename, url: url.href, sha256, isYanked, uploadTime }];
  });
}

function parseJson(content: string, host: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw networkError(Object.assign(new Error('The page is no JSON', { cause: error }), { code: 'EPROTO' }), host);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
