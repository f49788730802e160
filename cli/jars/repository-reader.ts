import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import { errorCode, ToolError } from '../../runtime/core/errors.ts';
import type { Http, Reply } from '../packages/http.ts';
import { networkError } from '../packages/http-errors.ts';
import { createByteProgress } from '../packages/progress.ts';
import { retry } from '../packages/retry.ts';
import type { Repository } from './maven-settings.ts';
import type { RepositorySet } from './repositories.ts';
import { repositoryError } from './repository-errors.ts';

/** All repositories as one: a file is that of the first that has it. */
export interface RepositoryReader {
  /** The file at a path such as `org/postgresql/postgresql/42.7.7/postgresql-42.7.7.pom`, on this machine and checked against the repository's own
   *  checksum; `undefined` when no repository that answers has it. Each path is fetched once. Rejects with `signal.reason` on abort. */
  find(path: string): Promise<string | undefined>;
  /** Paths that were looked for and are nowhere. */
  readonly missing: ReadonlySet<string>;
  /** The first that went wrong with each repository, by its id; one that does not answer is left out from then on. */
  readonly failures: ReadonlyMap<string, unknown>;
}

export interface ReaderDeps {
  readonly set: RepositorySet;
  readonly http: Http;
  /** Where files go; need not exist. */
  readonly folder: string;
  readonly retryWaitsMs?: readonly number[];
}

export function createRepositoryReader(deps: ReaderDeps, ctx: Ctx): RepositoryReader {
  const found = new Map<string, Promise<string | undefined>>();
  const missing = new Set<string>();
  const failures = new Map<string, unknown>();
  const silent = new Set<string>();
  const look = async (path: string): Promise<string | undefined> => {
    const local = join(deps.set.localFolder, path);
    if (await isFile(local)) return local;
    for (const remote of deps.set.remotes.filter(({ id }) => !silent.has(id))) {
      try {
        const file = await retry(() => fetchFile(remote, path, deps, ctx), ctx, deps.retryWaitsMs);
        if (file !== undefined) return file;
      } catch (cause) {
        ctx.signal.throwIfAborted();
        const error = repositoryError(cause, remote);
        if (!failures.has(remote.id)) failures.set(remote.id, error);
        // One that refuses a file may give another: there are those that say 403 for what they do not have.
        if (errorCode(error) === 'MAVEN_UNREACHABLE') silent.add(remote.id);
      }
    }
    missing.add(path);
    return undefined;
  };
  return {
    find: (path) => {
      const file = found.get(path) ?? look(path);
      found.set(path, file);
      return file;
    },
    missing,
    failures,
  };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

const OK = 200;

async function fetchFile(remote: Repository, path: string, deps: ReaderDeps, ctx: Ctx): Promise<string | undefined> {
  const url = `${remote.url}/${path}`;
  const reply = await deps.http.get(url, { 'accept-encoding': 'identity' }, ctx);
  if (reply.status !== OK) {
    reply.body.on('error', () => {}).destroy();
    return undefined;
  }
  const file = join(deps.folder, path.replaceAll('/', '!'));
  await mkdir(deps.folder, { recursive: true });
  const [sha1, expected] = await Promise.all([save(reply, file, ctx), checksumOf(url, deps.http, ctx)]);
  if (expected !== undefined && expected !== sha1) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    throw new ToolError(
      'HASH_MISMATCH',
      `Cannot use "${name}" from the Maven repository "${remote.id}" at "${new URL(url).host}": its SHA-1 is ${sha1}, not ${expected}`,
      { details: { filename: name, found: sha1, expected, repository: remote.id } },
    );
  }
  return file;
}

async function save(reply: Reply, file: string, ctx: Ctx): Promise<string> {
  const hash = createHash('sha1');
  const progress = createByteProgress(`fetches ${file.slice(file.lastIndexOf('!') + 1)}`, 'packages', ctx);
  const length = Number(reply.headers['content-length'] ?? Number.NaN);
  if (length > 0) progress.setTotal(length);
  let bytes = 0;
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      bytes += chunk.length;
      progress.report(bytes);
      done(null, chunk);
    },
  });
  await pipeline(received(reply, ctx), counted, createWriteStream(file), { signal: ctx.signal });
  return hash.digest('hex');
}

/** The bytes of a reply. What fails here is the connection; what fails behind it, a full disk, is not. */
async function* received({ body, url }: Reply, ctx: Ctx): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw networkError(error, new URL(url).host);
  }
}

/** What the repository says the SHA-1 is. Not every repository has one for every file, and metadata change: then nothing is compared. */
async function checksumOf(url: string, http: Http, ctx: Ctx): Promise<string | undefined> {
  if (url.endsWith('/maven-metadata.xml')) return undefined;
  const reply = await http.get(`${url}.sha1`, {}, ctx).catch((error: unknown) => {
    ctx.signal.throwIfAborted();
    if (error instanceof ToolError) return undefined;
    throw error;
  });
  if (reply === undefined) return undefined;
  const said = await text(received(reply, ctx));
  return reply.status === OK ? /^[0-9a-f]{40}(?![0-9a-f])/i.exec(said.trim())?.[0].toLowerCase() : undefined;
}
