import { describe, expect, test } from 'vitest';
import { checkFlags } from '../../../../cli/config/resolve-settings.ts';
import type { Flags } from '../../../../cli/config/settings.ts';
import { settingsOf, toolError } from './settings-of.ts';

const GIBIBYTE = 2 ** 30;

describe('resolveSettings()', () => {
  test('has defaults for all that nobody says', () => {
    const { plan, cluster, timeouts, contextDir, indexUrl, origin, notices } = settingsOf({});
    expect(plan).toMatchObject({ name: 'my-app', kind: 'job', entry: null, spark: null, python: null, args: [] });
    expect(cluster).toEqual({
      target: null,
      ui: null,
      secretFile: null,
      workers: 2,
      worker: { millicores: 1_000, memoryBytes: GIBIBYTE },
    });
    expect(timeouts).toEqual({ clusterMs: 120_000, runMs: null, stopMs: 10_000 });
    expect({ contextDir, indexUrl, notices }).toEqual({ contextDir: null, indexUrl: null, notices: [] });
    expect(origin['cluster.workers']).toBe('default');
  });

  test.each([
    [{}, 2, 'default'],
    [{ user: 'cluster: { workers: 3 }' }, 3, 'user'],
    [{ user: 'cluster: { workers: 3 }', project: 'cluster: { workers: 4 }' }, 4, 'project'],
    [{ project: 'cluster: { workers: 4 }', env: { HIBANA_WORKERS: '5' } }, 5, 'environment'],
    [{ project: 'cluster: { workers: 4 }', env: { HIBANA_WORKERS: '5' }, flags: { workers: '6' } }, 6, 'flag'],
  ])('of %j takes %i workers, from the %s', (said, workers, from) => {
    const settings = settingsOf(said);
    expect([settings.cluster.workers, settings.origin['cluster.workers']]).toEqual([workers, from]);
  });

  test('keeps what is built apart from what one run adds', () => {
    const { plan, submit, origin } = settingsOf({
      user: 'conf: { a: user, b: user }\nsecrets: { KEY: /run/key }',
      project: 'args: [--all]\nconf: { b: project, c: project }\nenv: { A: 1 }\npackages: [g:a:1]\npyFiles: [lib.zip]',
      env: { SPARK_OPTIONS: "--conf 'c=x y' --packages g:b:1", APP_ARGS: 'from environment' },
      flags: { conf: ['d=flag=1'], packages: ['g:c:1,g:b:1'], args: ['a b', ''], env: ['B=2'], executorEnv: ['C=3'] },
      files: { '/run/key': 'x' },
    });
    expect(plan).toMatchObject({ args: ['--all'], conf: { a: 'user', b: 'project', c: 'project' }, env: { A: '1' } });
    expect(plan.packages).toEqual(['g:a:1']);
    expect(submit).toMatchObject({
      args: ['a b', ''],
      conf: { c: 'x y', d: 'flag=1' },
      packages: ['g:b:1', 'g:c:1'],
      pyFiles: ['lib.zip'],
      env: { B: '2' },
      executorEnv: { C: '3' },
      secrets: { KEY: '/run/key' },
    });
    expect(origin).toMatchObject({ 'conf.a': 'user', 'conf.b': 'project', 'conf.c': 'environment', 'conf.d': 'flag' });
  });

  test('takes arguments of the environment when no flag has some', () => {
    expect(settingsOf({ env: { APP_ARGS: `a 'b c'` }, flags: { args: [] } }).submit.args).toEqual(['a', 'b c']);
  });

  test('reads variables from files, flags and its own environment', () => {
    const files = { 'a.env': `A=1\nB="two words"\n# no\nexport C='3'\n` };
    const flags = { envFile: ['a.env'], env: ['A=over', 'D', 'E='] };
    expect(settingsOf({ flags, files, env: { D: 'outside' } }).submit.env).toEqual({
      A: 'over',
      B: 'two words',
      C: '3',
      D: 'outside',
      E: '',
    });
  });

  test.each<[Flags, string, RegExp]>([
    [{ workers: '0' }, 'WORKERS_INVALID', /--workers "0": a cluster has 1 to 200 workers/],
    [{ workers: '10000' }, 'WORKERS_INVALID', /10000/],
    [{ workers: '2.5' }, 'WORKERS_INVALID', /2.5/],
    [{ workers: '' }, 'WORKERS_INVALID', /""/],
    [{ workerCores: '0.5' }, 'QUANTITY_INVALID', /--worker-cores "0.5".*whole cores/],
    [{ workerMemory: '1gg' }, 'QUANTITY_INVALID', /1gg/],
    [{ workerMemory: '512m' }, 'QUANTITY_INVALID', /executor/],
    [{ kind: 'cron' }, 'USAGE', /--kind "cron"/],
    [{ name: 'My App' }, 'NAME_INVALID', /My App/],
    [{ port: '65536' }, 'USAGE', /--port/],
    [{ timeout: 'soon' }, 'USAGE', /--timeout "soon"/],
    [{ clusterTimeout: '0' }, 'USAGE', /--cluster-timeout "0"/],
    [{ appFile: '../x.py' }, 'USAGE', /--app-file/],
    [{ conf: ['spark.x'] }, 'USAGE', /not key=value/],
    [{ conf: ['spark.master=local'] }, 'USAGE', /spark.master/],
    [{ env: ['A-B=1'] }, 'USAGE', /--env "A-B"/],
    [{ env: ['NOT_THERE'] }, 'USAGE', /NOT_THERE/],
    [{ envFile: ['no.env'] }, 'FILE_UNREADABLE', /no.env/],
    [{ secret: ['KEY'] }, 'USAGE', /names no file/],
    [{ secret: ['KEY=/no/such'] }, 'FILE_UNREADABLE', /KEY.*\/no\/such/],
    [{ indexUrl: 'pypi' }, 'USAGE', /--index-url/],
    [{ conf: ['spark.executor.memory=4g'] }, 'QUANTITY_INVALID', /spark.executor.memory "4g" into a worker of 1g/],
    [{ conf: ['spark.executor.memory=2000'] }, 'QUANTITY_INVALID', /2000/],
    [{ conf: ['spark.executor.cores=2'] }, 'QUANTITY_INVALID', /spark.executor.cores/],
  ])('refuses %j with %s', (flags, code, message) => {
    expect(() => settingsOf({ flags })).toThrow(toolError(code, message));
    const files = { isReadable: () => false, readText: () => undefined };
    expect(() => checkFlags({ flags, env: {}, user: null, files })).toThrow(toolError(code, message));
  });

  test.each([
    ['90', 90_000],
    ['1.5s', 1_500],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['250ms', 250],
  ])('reads the time %s', (timeout, runMs) => {
    expect(settingsOf({ flags: { timeout } }).timeouts.runMs).toBe(runMs);
  });
});

describe('resolveSettings() with apps and configs', () => {
  const project = `
conf: { a: common, b: common, c: common }
cluster: { workers: 2, worker: { cores: 2 } }
configs: { big: { conf: { c: big }, cluster: { workers: 9 } }, odd: {} }
apps:
  - { name: etl, contextDir: jobs/etl, conf: { b: etl }, cluster: { worker: { memory: 2g } } }
  - { name: web, kind: service, args: [--web], configs: { own: { args: [--own] }, big: { conf: { b: big-web } } } }
`;

  test('lays the application over the file', () => {
    const { plan, cluster, contextDir } = settingsOf({ project, flags: { app: 'etl' } });
    expect([plan.name, plan.conf, contextDir]).toEqual(['etl', { a: 'common', b: 'etl', c: 'common' }, 'jobs/etl']);
    expect(cluster).toEqual({
      target: null,
      ui: null,
      secretFile: null,
      workers: 2,
      worker: { millicores: 2_000, memoryBytes: 2 * GIBIBYTE },
    });
  });

  test.each([
    ['a flag', { flags: { app: 'web', config: 'big' } }],
    ['HIBANA_CONFIG', { flags: { app: 'web' }, env: { HIBANA_CONFIG: 'big', OSHINKO_NAMED_CONFIG: 'own' } }],
    ["the ancestor's variable", { flags: { app: 'web' }, env: { OSHINKO_NAMED_CONFIG: 'big' } }],
  ])("lays the configuration over both, the application's last, by %s", (_by, said) => {
    const { plan, cluster } = settingsOf({ project, ...said });
    expect([plan.args, plan.conf, cluster.workers]).toEqual([['--web'], { a: 'common', b: 'big-web', c: 'big' }, 9]);
  });

  test.each([
    [{}, 'APP_UNKNOWN', /hibana.yaml has etl, web/],
    [{ app: 'nope' }, 'APP_UNKNOWN', /"nope": hibana.yaml has etl, web/],
    [{ app: 'etl', config: 'own' }, 'CONFIG_NOT_FOUND', /"own": hibana.yaml has big, odd/],
    [{ app: 'etl', config: 'bgi' }, 'CONFIG_NOT_FOUND', /did you mean "big"/],
    [{ app: 'etl', config: 'constructor' }, 'CONFIG_NOT_FOUND', /constructor/],
  ])('refuses %j with %s', (flags, code, message) => {
    expect(() => settingsOf({ project, flags })).toThrow(toolError(code, message));
  });

  test('takes the only application without being asked', () => {
    expect(settingsOf({ project: 'apps: [{ name: solo }]' }).plan.name).toBe('solo');
  });

  test('checkFlags() leaves to the source what only the source can tell', () => {
    const files = { isReadable: () => true, readText: () => undefined };
    const flags = { app: 'etl', config: 'big' };
    expect(() => checkFlags({ flags, env: { OSHINKO_NAMED_CONFIG: 'x' }, user: null, files })).not.toThrow();
  });

  test.each(['config: big', 'native: true'])('refuses cluster: { %s }', (key) => {
    expect(() => settingsOf({ project: `cluster: { ${key} }` })).toThrow(toolError('USAGE', /cluster of its own/));
  });

  test('refuses properties that say where the job runs', () => {
    expect(() => settingsOf({ project: 'conf: { spark.master: yarn }' })).toThrow(toolError('USAGE', /spark.master/));
  });
});
