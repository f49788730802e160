import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { watchExecutors } from '../../../../runtime/launcher/watch-executors.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { type ScriptedReply, startScriptedServer } from '../../../helpers/scripted-server.ts';

const OURS = 'spark://CoarseGrainedScheduler@127.0.0.1:35001';
const OTHERS = 'spark://CoarseGrainedScheduler@127.0.0.1:35002';

interface Entry {
  readonly id: number;
  readonly appid: string;
  readonly appdesc: { readonly command: string };
}

interface WorkerPage {
  readonly executors: readonly Entry[];
  readonly finishedexecutors: readonly Entry[];
}

/** An executor as Spark's worker shows it; its environment may say what it likes. */
const entry = (id: number, appid: string, driver: string): Entry => {
  const main = 'org.apache.spark.executor.CoarseGrainedExecutorBackend';
  const environment = `Map(NOTE -> (--driver-url, ${OURS}, ))`;
  const command = `Command(${main},List(--driver-url, ${driver}, --executor-id, {{EXECUTOR_ID}}),${environment},List())`;
  return { id, appid, appdesc: { command } };
};

const nothing: WorkerPage = { executors: [], finishedexecutors: [] };

/** Two executors a second, each of which ends at once. */
const failing =
  (driver: string, appid = 'app-2') =>
  (second: number): WorkerPage => {
    const last = second * 2;
    const finishedexecutors = Array.from({ length: 10 }, (_, index) => entry(last - 1 - index, appid, driver));
    return { executors: [entry(last, appid, driver)], finishedexecutors };
  };

const working =
  (driver: string, appid = 'app-1') =>
  (): WorkerPage => ({ executors: [entry(0, appid, driver)], finishedexecutors: [] });

/** Of an application that is over. */
const ended =
  (driver: string, appid = 'app-0') =>
  (): WorkerPage => ({ executors: [], finishedexecutors: [entry(0, appid, driver)] });

/** One application after the other, of four seconds and two executors each, on a worker that forgets none. */
const brief =
  (driver: string) =>
  (second: number): WorkerPage => {
    const of = (application: number): readonly Entry[] =>
      [0, 1].map((id) => entry(id, `app-${String(application).padStart(4, '0')}`, driver));
    const last = Math.floor(second / 4);
    return { executors: of(last), finishedexecutors: Array.from({ length: last }, (_, index) => of(index)).flat() };
  };

type Worker = (second: number) => WorkerPage | undefined;

const both =
  (...parts: readonly Worker[]): Worker =>
  (second) => {
    const pages = parts.map((part) => part(second) ?? nothing);
    return {
      executors: pages.flatMap(({ executors }) => executors),
      finishedexecutors: pages.flatMap(({ finishedexecutors }) => finishedexecutors),
    };
  };

interface Scene {
  readonly workers: readonly Worker[];
  /** What the master says of itself in this second; `undefined`: nothing. */
  readonly master?: (second: number) => string | undefined;
}

const WATCH_SECONDS = 300;
const ANSWER_MS = 20;
const LOG = '==== Bytes 0-40 of 40 of stdout ====\nno agent "nothere"\n';

/** Watches for five minutes of a clock that is moved on by each wait; what it came to. */
async function watch({ workers, master = () => 'ALIVE' }: Scene): Promise<string> {
  let second = 0;
  const page = (body: unknown): ScriptedReply =>
    body === undefined ? { status: 503 } : { status: 200, body: JSON.stringify(body) };
  const started = await Promise.all(
    workers.map((worker) =>
      startScriptedServer({
        'GET /json/': () => page(worker(second)),
        'GET /log/': ({ url }) => ({ status: 200, body: url.includes('logType=stdout') ? LOG : '' }),
      }),
    ),
  );
  const size = { cores: 1, coresfree: 0, memory: 640, memoryfree: 0 };
  const asked = await startScriptedServer({
    'GET /json/': () => {
      const status = master(second);
      const known = started.map(({ url }, port) => ({ host: 'h', port, webuiaddress: url, state: 'ALIVE', ...size }));
      const facts = { url: 'spark://h:7077', status, aliveworkers: known.length, activeapps: [], completedapps: [] };
      return page(status === undefined ? undefined : { ...facts, workers: status === 'STANDBY' ? [] : known });
    },
  });
  const ctx = testCtx(() => second * 1_000);
  const wait = async (ms: number): Promise<void> => {
    second += ms / 1_000;
    if (second > WATCH_SECONDS) ctx.abort();
  };
  const cluster = { name: 'team', master: 'spark://h:7077', webUi: asked.url, secret: null, spark: null };
  try {
    await watchExecutors(cluster, { isOurs: ({ driver }) => driver === OURS, wait }, ctx);
    return 'well';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const server of [...started, asked]) await server[Symbol.asyncDispose]();
  }
}

const FAILED = /^Executors end as soon as they start, \d+ of them in 60 s: no agent "nothere"$/;

describe('watchExecutors()', () => {
  it.each<[string, Scene]>([
    ['fail on the one worker there is', { workers: [failing(OURS)] }],
    ['fail on each of two', { workers: [failing(OURS), failing(OURS)] }],
    ["fail beside somebody else's that work", { workers: [both(failing(OURS), working(OTHERS)), working(OTHERS)] }],
    ['fail where others have ended before', { workers: [both(ended(OTHERS), failing(OURS)), ended(OTHERS)] }],
    [
      'go on failing after their master was away',
      { workers: [failing(OURS)], master: (second) => (second > 20 && second < 60 ? undefined : 'ALIVE') },
    ],
  ])('ends the job whose executors %s, with what the last one wrote', async (_what, scene) => {
    expect(await watch(scene)).toMatch(FAILED);
  });

  it.each<[string, Scene]>([
    ["there are only somebody else's, which fail", { workers: [failing(OTHERS)] }],
    ['its own work, and others fail beside them', { workers: [both(working(OURS), failing(OTHERS)), failing(OTHERS)] }],
    ['one of its own stays among many that fail', { workers: [failing(OURS, 'app-1'), working(OURS)] }],
    ['one worker does not answer', { workers: [failing(OURS), () => undefined] }],
    ['the master is never there', { workers: [failing(OURS)], master: () => undefined }],
    ['the master stands by', { workers: [failing(OURS)], master: () => 'STANDBY' }],
    ['the master recovers, and knows some workers', { workers: [failing(OURS)], master: () => 'RECOVERING' }],
    [
      'the master goes again and again',
      { workers: [failing(OURS)], master: (second) => (second % 50 < 10 ? undefined : 'ALIVE') },
    ],
    ['it has many applications, each of them over soon', { workers: [brief(OURS)] }],
    ['there is no worker', { workers: [] }],
  ])('lets the job go on where %s', async (_what, scene) => expect(await watch(scene)).toBe('well'));

  it('asks many workers a few at a time', async () => {
    const size = { cores: 1, coresfree: 0, memory: 640, memoryfree: 0 };
    let [open, most, answered] = [0, 0, 0];
    const server = createServer((request, response) => {
      const here = `http://${request.headers.host}`;
      const known = Array.from({ length: 40 }, (_, port) => ({ host: 'h', port, webuiaddress: `${here}/worker` }));
      const workers = known.map((worker) => ({ ...worker, state: 'ALIVE', ...size }));
      const facts = { url: 'spark://h:7077', status: 'ALIVE', aliveworkers: 40, activeapps: [], completedapps: [] };
      if (request.url === '/json/') return response.end(JSON.stringify({ ...facts, workers }));
      open += 1;
      most = Math.max(most, open);
      // Whoever is asked in the same turn has come by then.
      return setTimeout(() => {
        open -= 1;
        answered += 1;
        response.end(JSON.stringify(nothing));
      }, ANSWER_MS);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ctx = testCtx();
    const webUi = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cluster = { name: 'team', master: 'spark://h:7077', webUi, secret: null, spark: null };
    const wait = async (): Promise<void> => {
      if (answered > 0) ctx.abort();
    };
    await watchExecutors(cluster, { isOurs: () => true, wait }, ctx);
    server.close();
    expect(answered).toBe(40);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(10);
  });
});
