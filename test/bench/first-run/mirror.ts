import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createHttp, type Http } from '../../../cli/packages/http.ts';
import { type IndexSettings, readIndexSettings } from '../../../cli/packages/index-settings.ts';
import type { Ctx } from '../../../runtime/core/context.ts';
import { testCtx } from '../../helpers/ctx.ts';

export interface Mirror extends AsyncDisposable {
  /** Of its simple index. */
  readonly url: string;
}

/** A package index on 127.0.0.1 in front of the machine's own: what was asked for once is answered from `folder`. */
export async function startMirror(folder: string): Promise<Mirror> {
  await mkdir(folder, { recursive: true });
  const ctx = testCtx();
  const settings = await readIndexSettings(
    { indexUrl: null, caFile: null },
    { env: process.env, home: process.env.HOME ?? '/' },
    ctx,
  );
  const http = createHttp(settings, {});
  const files = new Map<string, string>();
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response, { folder, settings, http, files, ctx }).catch((error: unknown) => {
      response.statusCode = 502;
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/simple`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await http[Symbol.asyncDispose]();
    },
  };
}

interface Place {
  readonly folder: string;
  readonly settings: IndexSettings;
  readonly http: Http;
  /** Where a file comes from, by the path it has here. */
  readonly files: Map<string, string>;
  readonly ctx: Ctx;
}

async function answer(url: string, response: ServerResponse, place: Place): Promise<void> {
  const [kind, name = ''] = url.split('/').filter((part) => part !== '');
  if (kind === 'simple') {
    const text = await page(decodeURIComponent(name), place);
    response.setHeader('content-type', 'text/html');
    response.end(text);
  } else {
    const file = await fetched(url, place);
    response.setHeader('content-length', (await stat(file)).size);
    await pipeline(createReadStream(file), response);
  }
}

/** A project's page with its links turned to this mirror; kept, so that rounds that are measured ask nobody else. */
async function page(project: string, place: Place): Promise<string> {
  const file = join(place.folder, `${project}.html`);
  const upstream = `${place.settings.indexUrl}/${project}/`;
  let text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    const reply = await place.http.get(upstream, { accept: 'text/html' }, place.ctx);
    text = Buffer.concat(await reply.body.toArray()).toString('utf8');
    await writeFile(file, text);
  }
  return text.replace(/href="([^"]+)"/g, (_, href: string) => {
    const target = new URL(href.replaceAll('&amp;', '&'), upstream);
    const hash = target.hash;
    target.hash = '';
    const path = `/files/${createHash('sha256').update(target.href).digest('hex').slice(0, 16)}/${target.pathname.split('/').at(-1)}`;
    place.files.set(path, target.href);
    return `href="${path}${hash}"`;
  });
}

async function fetched(path: string, place: Place): Promise<string> {
  const file = join(place.folder, path.split('/').slice(2).join('-'));
  if (await stat(file).catch(() => undefined)) return file;
  const upstream = place.files.get(path);
  if (upstream === undefined) throw new Error(`unknown file: ${path}`);
  const reply = await place.http.get(upstream, {}, place.ctx);
  await pipeline(reply.body, createWriteStream(`${file}.part`));
  await rename(`${file}.part`, file);
  return file;
}
