import { describe, expect, it } from 'vitest';
import { formatLaunchRequest, parseLaunchRequest } from '../../../../../runtime/core/launch-env.ts';
import { GIBIBYTE } from '../../../../../runtime/core/quantity.ts';
import { composeRequest, type RequestInput } from '../../../../../runtime/launcher/container/compose-request.ts';
import { type Environment, readTold } from '../../../../../runtime/launcher/container/told.ts';
import { launchRequestFor, type RequestParts } from '../../../../helpers/requests.ts';
import { toolError } from '../../../cli/config/settings-of.ts';

function compose(env: Environment = {}, over: Partial<RequestInput> = {}, parts: RequestParts = {}) {
  const { app, layout } = launchRequestFor(parts);
  return composeRequest({
    image: { app, layout, pythonCommand: 'python3.12', natives: null },
    told: readTold(env),
    args: [],
    room: { cores: 2, memoryBytes: 8 * GIBIBYTE, isLimited: true },
    run: 'etl-7',
    leaseDirectory: '/state/runs/etl-7',
    startedAt: 0,
    madeHome: null,
    pythonPath: undefined,
    hasSources: false,
    ...over,
  });
}

describe('composeRequest()', () => {
  it('makes of an image that is told nothing a whole request with a cluster of its own', () => {
    const { request, notices } = compose();
    expect(notices).toEqual([]);
    expect(parseLaunchRequest(formatLaunchRequest(request))).toEqual(request);
    expect(request).toMatchObject({
      run: 'etl-7',
      cluster: {
        kind: 'ephemeral',
        spec: { name: 'etl-7', workers: 1, worker: { millicores: 2_000 }, owner: { directory: '/state/runs/etl-7' } },
      },
      prepared: { startedAt: '1970-01-01T00:00:00.000Z', steps: [] },
      timeouts: { runMs: null },
    });
  });

  it('imports from the folder of the entry, the root of the source and its src/ before everything else', () => {
    const { request } = compose({}, { hasSources: true }, { app: { entry: 'jobs/app.py' } });
    const own = ['/opt/app-root/src/jobs', '/opt/app-root/src', '/opt/app-root/src/src'];
    expect(request.layout.pythonPath).toEqual([...own, '/opt/app-root/deps']);
  });

  it('adds what the environment imports from, once, behind ours', () => {
    const { request } = compose({}, { pythonPath: '/opt/app-root/deps:/more::/opt/app-root/src' });
    expect(request.submit.env).toEqual({ PYTHONPATH: '/more' });
    expect(request.submit.executorEnv).toEqual({ PYTHONPATH: '/more' });
  });

  it.each([
    ['a part of a request', { HIBANA_LAUNCH: '{"version":1,"submit":{"args":["1"]}}' }, [], ['1']],
    ['APP_ARGS over it', { HIBANA_LAUNCH: '{"version":1,"submit":{"args":["1"]}}', APP_ARGS: '2' }, [], ['2']],
    ['HIBANA_ARGS over both', { APP_ARGS: '2', HIBANA_ARGS: '3 "4 5"' }, [], ['3', '4 5']],
    ['the command over all', { APP_ARGS: '2', HIBANA_ARGS: '3' }, ['--', 'x y'], ['--', 'x y']],
  ])('takes the arguments from %s', (_what, env, args, expected) => {
    expect(compose(env, { args }).request.submit.args).toEqual(expected);
  });

  it('obeys a whole request but for the place of the cluster', () => {
    const whole = launchRequestFor({ run: 'etl-7', app: { name: 'other' }, submit: { conf: { 'spark.x': '1' } } });
    const { request } = compose({ HIBANA_LAUNCH: formatLaunchRequest(whole) });
    const owner = { run: 'etl-7', directory: '/state/runs/etl-7' };
    expect(request).toEqual({ ...whole, cluster: { kind: 'ephemeral', spec: { ...clusterSpecOf(whole), owner } } });
  });

  it('lets variables for people overrule a request', () => {
    const { request } = compose({
      HIBANA_LAUNCH: formatLaunchRequest(launchRequestFor({ submit: { conf: { 'spark.x': '1', 'spark.y': '1' } } })),
      HIBANA_WORKERS: '3',
      HIBANA_WORKER_MEMORY: '1g',
      HIBANA_TIMEOUT: '90s',
      SPARK_OPTIONS: '--conf spark.x=2',
      APP_MAIN_CLASS: 'org.example.Main',
    });
    expect(clusterSpecOf(request)).toMatchObject({ workers: 3, worker: { memoryBytes: GIBIBYTE } });
    expect(request.submit.conf).toMatchObject({ 'spark.x': '2', 'spark.y': '1' });
    expect([request.timeouts.runMs, request.app.mainClass]).toEqual([90_000, 'org.example.Main']);
  });

  it.each([
    ['other.py', 'python', '/usr/bin/python3'],
    ['lib/app.jar', 'jvm', null],
  ])('runs %s where APP_FILE names it', (entry, language, python) => {
    const { app, layout } = compose({ APP_FILE: entry }).request;
    expect([app.entry, app.language, layout.python]).toEqual([entry, language, python]);
  });

  it.each([
    [{ SPARK_OPTIONS: '--packages a:b:1' }],
    [{ SPARK_OPTIONS: '--conf spark.jars.packages=a:b:1' }],
    [{ HIBANA_LAUNCH: '{"version":1,"submit":{"packages":["a:b:1"]}}' }],
  ])('refuses packages that the image has not: %j', (env) => {
    expect(() => compose(env)).toThrow(toolError('USAGE', /"a:b:1"/));
    expect(compose(env, {}, { app: { packages: ['a:b:1'] } }).request.submit.packages).toEqual([]);
  });

  it('refuses executors that no worker has room for', () => {
    expect(() => compose({ SPARK_OPTIONS: '--executor-cores 5' })).toThrow(toolError('QUANTITY_INVALID', /"5"/));
  });

  it('tells Java of a home that was made and of libraries that were unpacked, before what the user tells it', () => {
    const { app, layout } = launchRequestFor();
    const { request } = compose(
      { SPARK_OPTIONS: '--conf spark.driver.defaultJavaOptions=-Dx=1' },
      { madeHome: '/tmp/h', image: { app, layout, pythonCommand: 'python3.12', natives: '/n' } },
    );
    const ours = '-Duser.home=/tmp/h -Dorg.xerial.snappy.lib.path=/n -Dorg.xerial.snappy.lib.name=libsnappyjava.so';
    expect(request.submit.conf).toMatchObject({
      'spark.driver.defaultJavaOptions': `${ours} -Dx=1`,
      'spark.executor.defaultJavaOptions': ours,
    });
  });
});

describe('composeRequest() with a cluster', () => {
  it.each(['HIBANA_CLUSTER', 'OSHINKO_CLUSTER_NAME'])('makes its own where %s is a name, and says so', (name) => {
    const { request, notices } = compose({ [name]: 'mine' });
    expect(clusterSpecOf(request).name).toBe('etl-7');
    expect(notices).toEqual([expect.stringMatching(/"mine"/)]);
  });

  it('gives a driver alone what the container may use', () => {
    const { request } = compose({ HIBANA_CLUSTER: 'local[2]' });
    expect(request.cluster).toEqual({ kind: 'local', master: 'local[2]' });
    expect(request.submit.conf).toEqual({ 'spark.driver.memory': '7315m' });
    const own = compose({ HIBANA_CLUSTER: 'local', SPARK_OPTIONS: '--driver-memory 1g' }).request;
    expect(own.submit.conf).toEqual({ 'spark.driver.memory': '1g' });
  });

  it('runs without a cluster in a container that is too small for one, and says so', () => {
    const { request, notices } = compose({}, { room: { cores: 2, memoryBytes: 2 * GIBIBYTE, isLimited: true } });
    expect(request.cluster).toEqual({ kind: 'local', master: 'local[*]' });
    expect(notices).toEqual([expect.stringMatching(/too small/)]);
  });

  it('warns of a cluster that is larger than its container', () => {
    expect(compose({ HIBANA_WORKER_MEMORY: '20g' }).notices).toEqual([expect.stringMatching(/8g/)]);
  });

  it('takes a share of a master, whose workers it expects to be of the same image', () => {
    const { request } = compose({
      HIBANA_CLUSTER: 'spark://m:7077',
      HIBANA_CLUSTER_UI: 'http://m:8080',
      HIBANA_CLUSTER_SECRET_FILE: '/run/secrets/cluster',
      HIBANA_WORKERS: '3',
    });
    expect(request.cluster).toEqual({
      kind: 'url',
      master: 'spark://m:7077',
      webUi: 'http://m:8080',
      secretFile: '/run/secrets/cluster',
      share: { executors: 3, executor: { millicores: 1_000, memoryBytes: GIBIBYTE } },
      pythonPath: ['/opt/app-root/src', '/opt/app-root/deps'],
      python: 'python3.12',
    });
  });

  it('is a client of Spark Connect', () => {
    expect(compose({ HIBANA_CLUSTER: 'sc://c:15002' }).request.cluster).toEqual({
      kind: 'connect',
      remote: 'sc://c:15002',
    });
  });

  it('refuses a shared cluster, of which there are none here', () => {
    const cluster = {
      kind: 'attach',
      name: 'team',
      share: { executors: 1, executor: { millicores: 1, memoryBytes: 1 } },
    };
    const env = { HIBANA_LAUNCH: JSON.stringify({ version: 1, cluster }) };
    expect(() => compose(env)).toThrow(toolError('USAGE', /"team"/));
  });
});

function clusterSpecOf({ cluster }: ReturnType<typeof launchRequestFor>) {
  if (cluster.kind !== 'ephemeral') throw new Error(`it is ${cluster.kind}`);
  return cluster.spec;
}
