import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ReadEntry } from 'tar';
import * as z from 'zod/mini';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { unpacking } from '../packages/archive-errors.ts';
import { downloadStream } from '../packages/download.ts';
import { createHttp, type Http } from '../packages/http.ts';
import type { IndexSettings } from '../packages/index-settings.ts';
import type { NpmSettings } from './npm-settings.ts';

/** The Node of every image: the one that this program is tested with. */
export const NODE_VERSION = '24.21.0';

/** The archives that carry the program, by architecture as Node says it. A mirror of the registry is trusted with nothing but their bytes. */
const SHA256: Readonly<Record<string, string>> = {
  x64: '61ecf27ad70afee991b671c28561eb497028294a67d132f9bbaac9ad73f81d3b',
  arm64: 'fba3076c16d21e5d814577436bdcb782b9b66bed09c6fa8278298e8933288bbb',
};

export interface NodeSource {
  readonly npm: NpmSettings;
  /** Proxies and authorities are those of the package index. */
  readonly network: IndexSettings;
}

/** Puts the Node program for an architecture, and its licence, into `dir`: `node`, `LICENSE`. It comes from the packages of npm that carry it.
 *  @throws {ToolError} INDEX_UNREACHABLE, INDEX_AUTH, HASH_MISMATCH, PACKAGE_NOT_FOUND */
export async function fetchNode(arch: string, dir: string, { npm, network }: NodeSource, ctx: Ctx): Promise<void> {
  const sha256 = SHA256[arch];
  if (sha256 === undefined) throw new Error(`no hash for the Node of ${arch}`);
  const name = `node-linux-${arch}`;
  const authorities = npm.caFile === null ? [] : [npm.caFile];
  await using http = createHttp({
    ...network,
    credentials: npm.credentials,
    authorityFiles: [...network.authorityFiles, ...authorities],
  });
  await mkdir(dir, { recursive: true });
  try {
    const url = await tarballOf(`${npm.registry}/${name}/${NODE_VERSION}`, name, http, ctx);
    const file = { filename: `${name}-${NODE_VERSION}.tgz`, url, sha256 };
    await unpackNode(downloadStream(file, { http, step: 'toolchain' }, ctx), file.filename, dir, ctx);
  } catch (error) {
    throw withHint(error);
  }
}

const ManifestSchema = z.object({ dist: z.object({ tarball: z.string() }) });
const NOT_FOUND = 404;
const WANTED = new Set(['package/bin/node', 'package/LICENSE']);

async function tarballOf(url: string, name: string, http: Http, ctx: Ctx): Promise<string> {
  const reply = await http.get(url, { accept: 'application/json' }, ctx);
  const chunks: Buffer[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  const parsed = ManifestSchema.safeParse(reply.status === NOT_FOUND ? null : parse(Buffer.concat(chunks).toString()));
  if (parsed.success) return new URL(parsed.data.dist.tarball, url).href;
  const { host } = new URL(url);
  throw new ToolError('PACKAGE_NOT_FOUND', `Cannot find ${name} ${NODE_VERSION} on "${host}"`, {
    details: { name, version: NODE_VERSION, host },
    hint: 'Name a registry of npm packages that has it as "registry" in ~/.npmrc',
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function unpackNode(bytes: NodeJS.ReadableStream, filename: string, dir: string, ctx: Ctx): Promise<void> {
  const { Parser } = await import('tar');
  const written: Promise<void>[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry: ReadEntry) => {
      if (!WANTED.has(entry.path)) return void entry.resume();
      const path = join(dir, basename(entry.path));
      const mode = basename(entry.path) === 'node' ? 0o755 : 0o644;
      written.push(pipeline(entry, createWriteStream(path, { mode }), { signal: ctx.signal }));
    },
  });
  await unpacking(filename, () => pipeline(bytes, createGunzip(), parser, { signal: ctx.signal }));
  await Promise.all(written);
}

function withHint(error: unknown): unknown {
  const hint = error instanceof ToolError ? HINTS[error.code] : undefined;
  if (!(error instanceof ToolError) || hint === undefined) return error;
  return new ToolError(error.code, error.message, { cause: error.cause, details: error.details, hint });
}

const HINTS: Readonly<Record<string, string>> = {
  INDEX_UNREACHABLE: 'Check the network, or name another registry of npm packages as "registry" in ~/.npmrc',
  INDEX_AUTH: 'Give the token of the registry of npm packages in ~/.npmrc',
};
