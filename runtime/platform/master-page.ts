import { get } from 'node:http';
import * as z from 'zod/mini';

const PageSchema = z.object({
  url: z.string(),
  status: z.string(),
  aliveworkers: z.number(),
  workers: z.array(z.object({ host: z.string(), port: z.number(), state: z.string() })),
  activeapps: z.array(z.object({ id: z.string(), name: z.string() })),
  completedapps: z.array(z.object({ id: z.string(), name: z.string() })),
});

export interface MasterPage {
  readonly master: string;
  /** Registrations are dropped without a word until this is `ALIVE`. */
  readonly status: string;
  readonly aliveWorkers: number;
  /** Applications that have registered so far, running or done. */
  readonly applications: number;
}

const REQUEST_TIMEOUT_MS = 2_000;
const MAXIMUM_BYTES = 4 * 2 ** 20;

/** Reads the status page of a standalone master; `undefined` while it does not answer with one.
 *  Source: Spark's JsonProtocol. The slash at the end matters: without it 4.x answers with a redirect. */
export async function readMasterPage(webUi: string, signal: AbortSignal): Promise<MasterPage | undefined> {
  const text = await fetchText(`${webUi}/json/`, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (text === undefined) return undefined;
  return parseMasterPage(text);
}

export function parseMasterPage(text: string): MasterPage | undefined {
  try {
    const page = PageSchema.parse(JSON.parse(text));
    const applications = page.activeapps.length + page.completedapps.length;
    return { master: page.url, status: page.status, aliveWorkers: page.aliveworkers, applications };
  } catch {
    // Somebody else's page, or half of ours while the master starts: not an answer yet.
    return undefined;
  }
}

function fetchText(url: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal, timeout: REQUEST_TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAXIMUM_BYTES) request.destroy(new Error('The page is too large'));
        chunks.push(chunk);
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('The page did not come in time')));
    request.on('error', reject);
  });
}
