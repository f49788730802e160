import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { errorMessage } from '../core/errors.ts';
import type { ProgressEvent } from '../core/events.ts';
import type { Notify } from '../core/launch-env.ts';
import type { Outcome } from '../core/lease-directory.ts';

export interface EndOfRun {
  readonly application: string;
  readonly outcome: Outcome;
  readonly targets: readonly Notify[];
  /** Where its proxies are. */
  readonly env: Readonly<Record<string, string>>;
}

const ANSWER_MS = 10_000;
const PAUSES_MS = [1_000, 3_000];

/** Posts how a run ended to all who want to know, at the same time, each up to three times. One that cannot be told is a warning, and turns no good
 *  job bad. Never rejects.
 *  The body is signed as `X-Hibana-Signature-256: sha256=HEX`, HMAC with the secret; without its secret nothing is sent. `X-Hibana-Run` is the same for
 *  the same end, for whoever gets it twice. */
export async function notifyEnd(end: EndOfRun, emit: (event: ProgressEvent) => void): Promise<void> {
  const kind = end.outcome.kind === 'succeeded' ? 'succeeded' : 'failed';
  const wanted = end.targets.filter(({ on }) => on.includes(kind));
  await Promise.all(
    wanted.map((target) =>
      tell(target, end).catch((error: unknown) => {
        const message = `Cannot tell ${new URL(target.url).origin} how the run ended: ${errorMessage(error)}`;
        emit({ type: 'notice', level: 'warning', message });
      }),
    ),
  );
}

async function tell({ url, secretFile }: Notify, { application, outcome, env }: EndOfRun): Promise<void> {
  const { logs: _logs, leftovers: _leftovers, schema: _schema, ...ended } = outcome;
  const body = JSON.stringify({ schema: 'hibana.notification/v1', application, ...ended });
  const secret = secretFile === null ? null : (await readFile(secretFile, 'utf8')).trimEnd();
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'hibana',
    'x-hibana-run': outcome.run,
    ...(secret === null ? {} : { 'x-hibana-signature-256': signatureOf(body, secret) }),
  };
  for (let attempt = 0; ; attempt += 1) {
    const pauseMs = PAUSES_MS[attempt];
    const failure = await post(url, headers, body, env);
    if (failure === null) return;
    if (!failure.isPassing || pauseMs === undefined) throw failure.error;
    await pause(pauseMs);
  }
}

/** What the header has, for a body as it was sent. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

interface Failure {
  readonly error: Error;
  /** Whether it may work in a moment. */
  readonly isPassing: boolean;
}

function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  proxyEnv: EndOfRun['env'],
): Promise<Failure | null> {
  return new Promise((resolve) => {
    const isSecure = url.startsWith('https:');
    const agent = isSecure ? new SecureAgent({ proxyEnv }) : new Agent({ proxyEnv });
    const options = { method: 'POST', headers, agent, signal: AbortSignal.timeout(ANSWER_MS) };
    const sent = (isSecure ? httpsRequest : httpRequest)(url, options, (response) => {
      const { statusCode = 0 } = response;
      response.resume();
      agent.destroy();
      resolve(judge(statusCode));
    });
    sent.on('error', (error) => resolve({ error, isPassing: true }));
    sent.end(body);
  });
}

function judge(status: number): Failure | null {
  if (status >= 200 && status < 300) return null;
  const isPassing = status >= 500 || status === 408 || status === 429;
  return { error: new Error(`it answered with status ${status}`), isPassing };
}
