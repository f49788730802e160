import { describe, expect, it } from 'vitest';
import { readExecutorLog, readExecutors } from '../../../../runtime/platform/worker-page.ts';
import { type ScriptedReply, startScriptedServer } from '../../../helpers/scripted-server.ts';

const { signal } = new AbortController();
const COMMAND =
  'Command(org.apache.spark.executor.CoarseGrainedExecutorBackend,List(--driver-url, spark://CoarseGrainedScheduler@127.0.0.1:35051, --executor-id, {{EXECUTOR_ID}}),Map(),List(),List(),List())';

/** What is read of a worker whose page is this. */
async function read(page: ScriptedReply): Promise<unknown> {
  await using server = await startScriptedServer({ 'GET /json/': page });
  const executors = await readExecutors(server.url, signal);
  return executors?.map(({ worker, ...rest }) => ({ ...rest, isHere: worker === server.url }));
}

const json = (value: unknown): ScriptedReply => ({ status: 200, body: JSON.stringify(value) });

describe('readExecutors()', () => {
  it('knows those that run from those that ended, and whose they are', async () => {
    const executors = [{ id: 3, appid: 'app-1', appdesc: { name: 'a job', command: COMMAND } }];
    const driver = 'spark://CoarseGrainedScheduler@127.0.0.1:35051';
    expect(await read(json({ executors, finishedexecutors: [{ ...executors[0], id: 2 }] }))).toEqual([
      { application: 'app-1', id: 3, isRunning: true, driver, isHere: true },
      { application: 'app-1', id: 2, isRunning: false, driver, isHere: true },
    ]);
  });

  it.each([
    ['no description', undefined],
    ['no command', {}],
    ['another command', { command: 'Command(Main,List(),Map(A -> (--driver-url, spark://h:1, ),List())' }],
  ])('leaves open whose an executor with %s is', async (_what, appdesc) => {
    const page = json({ executors: [{ id: 0, appid: 'app-1', appdesc }], finishedexecutors: [] });
    expect(await read(page)).toMatchObject([{ application: 'app-1', driver: null }]);
  });

  it.each([
    ['a page of somebody else', { status: 200, body: '<html></html>' }],
    ['a page of another form', json({ executors: 3 })],
    ['nothing', { status: 500 }],
  ])('gives nothing where there is %s', async (_what, page) => expect(await read(page)).toBeUndefined());
});

describe('readExecutorLog()', () => {
  const executor = { application: 'app-1', id: 2, isRunning: false, driver: null };

  it('gives what the executor wrote to both streams, without what Spark adds', async () => {
    await using server = await startScriptedServer({
      'GET /log/': ({ url }) => ({
        status: 200,
        body: url.includes('logType=stdout')
          ? '==== Bytes 0-9 of 9 of /w/stdout ====\nno agent\n'
          : '==== Bytes 90-190 of 190 of /w/stderr ====\nrest of a longer line\nError: it ends\n\n',
      }),
    });
    const lines = await readExecutorLog({ ...executor, worker: server.url }, signal);
    expect(lines).toEqual(['no agent', 'Error: it ends']);
    expect(server.requests.map(({ url }) => new URLSearchParams(url.split('?')[1]).get('executorId'))).toEqual([
      '2',
      '2',
    ]);
  });

  it('gives nothing where the worker is gone', async () => {
    expect(await readExecutorLog({ ...executor, worker: 'http://127.0.0.1:1' }, signal)).toEqual([]);
  });
});
