import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../../../runtime/core/events.ts';
import type { Outcome } from '../../../../runtime/core/lease-directory.ts';
import { notifyEnd, signatureOf } from '../../../../runtime/platform/notify-end.ts';

const outcome: Outcome = {
  schema: 'hibana.outcome/v1',
  run: 'etl-1',
  kind: 'failed',
  exitCode: 3,
  jobStatus: 3,
  reason: { code: 'JOB_FAILED', message: 'The job ended with status 3', hint: 'Look' },
  startedAt: '2026-11-22T03:00:00.000Z',
  finishedAt: '2026-11-22T03:01:00.000Z',
  steps: [{ step: 'job', elapsedMs: 1, ok: true }],
  cluster: null,
  logs: '/home/somebody/logs',
  leftovers: [],
};

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that answers with these statuses, one after the other. */
async function startListener(statuses: readonly number[]) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    heard.push({ headers: request.headers, body: await text(request) });
    response.writeHead(statuses[heard.length - 1] ?? 204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { heard, url: `http://127.0.0.1:${port}/hook?token=x`, [Symbol.dispose]: () => server.close() };
}

async function tell(
  target: { readonly url: string; readonly secretFile?: string; readonly on?: ('succeeded' | 'failed')[] },
  kind: Outcome['kind'] = 'failed',
): Promise<readonly ProgressEvent[]> {
  const events: ProgressEvent[] = [];
  const { url, secretFile = null, on = ['succeeded', 'failed'] } = target;
  const end = { application: 'etl', outcome: { ...outcome, kind }, targets: [{ url, secretFile, on }], env: {} };
  await notifyEnd(end, (event) => events.push(event));
  return events;
}

describe('notifyEnd()', () => {
  it('posts how the run ended, signed, and nothing of this machine', async () => {
    using listener = await startListener([]);
    const folder = await mkdtemp(join(tmpdir(), 'hibana-notify-'));
    const secretFile = join(folder, 'secret');
    await writeFile(secretFile, 's3cret\n');
    expect(await tell({ url: listener.url, secretFile })).toEqual([]);
    await rm(folder, { recursive: true });
    const [{ headers, body } = { headers: {}, body: '' }] = listener.heard;
    expect(JSON.parse(body)).toMatchObject({
      schema: 'hibana.notification/v1',
      application: 'etl',
      run: 'etl-1',
      kind: 'failed',
      jobStatus: 3,
      reason: { code: 'JOB_FAILED' },
    });
    expect(body).not.toContain('somebody');
    expect(headers).toMatchObject({ 'x-hibana-signature-256': signatureOf(body, 's3cret'), 'x-hibana-run': 'etl-1' });
  });

  it.each([
    { kind: 'succeeded', on: ['failed'], posts: 0 },
    { kind: 'succeeded', on: ['succeeded'], posts: 1 },
    { kind: 'interrupted', on: ['failed'], posts: 1 },
    { kind: 'lost', on: ['succeeded'], posts: 0 },
  ] as const)('posts $posts times that a run is $kind where $on is wanted', async ({ kind, on, posts }) => {
    using listener = await startListener([]);
    await tell({ url: listener.url, on: [...on] }, kind);
    expect(listener.heard).toHaveLength(posts);
  });

  it('tries again what may pass, and warns without the query of the URL where it does not', async () => {
    using flaky = await startListener([503]);
    expect(await tell(flaky)).toEqual([]);
    expect(flaky.heard).toHaveLength(2);
    using refusing = await startListener([401]);
    const [warning] = await tell(refusing);
    expect(warning).toMatchObject({ type: 'notice', level: 'warning', message: expect.stringContaining('status 401') });
    expect(JSON.stringify(warning)).not.toContain('token');
    expect(refusing.heard).toHaveLength(1);
  });

  it('sends nothing unsigned where a secret was asked for', async () => {
    using listener = await startListener([]);
    const [warning] = await tell({ url: listener.url, secretFile: '/nowhere/secret' });
    expect(warning).toMatchObject({ level: 'warning' });
    expect(listener.heard).toEqual([]);
  });
});
