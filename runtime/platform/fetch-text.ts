import { get } from 'node:http';
import { get as getSecurely } from 'node:https';

const REQUEST_TIMEOUT_MS = 2_000;
const MAXIMUM_BYTES = 4 * 2 ** 20;

/** One page of a master or a worker. Nothing of it outlives the call: no agent, no connection.
 *  Rejects after two seconds of silence, above 4 MiB, and when `signal` aborts. */
export function fetchText(url: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fetch = url.startsWith('https:') ? getSecurely : get;
    const request = fetch(url, { agent: false, signal, timeout: REQUEST_TIMEOUT_MS }, (response) => {
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
