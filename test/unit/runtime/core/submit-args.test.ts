import { describe, expect, it } from 'vitest';
import {
  type DriverPlace,
  driverEnvironment,
  splitJavaOptions,
  submitArguments,
  submitProperties,
} from '../../../../runtime/core/submit-args.ts';
import { launchRequestFor, type RequestParts } from '../../../helpers/requests.ts';

const place: DriverPlace = {
  address: { host: '127.0.0.1', bind: '127.0.0.1' },
  executorTemporary: '/run/tmp',
  ports: { rpc: 11_000, blockManager: 12_000, ui: 13_000 },
  temporary: '/run/tmp',
  eventLog: '/run/eventlog',
  propertiesFile: '/run/driver.conf',
  log4jFile: '/run/log4j2.properties',
  executorLog4jFile: null,
  sparkConf: null,
};

const cluster = { name: 'etl-1', master: 'spark://127.0.0.1:7077', webUi: null, secret: 'very-secret', spark: null };

function inputFor(parts: RequestParts = {}, sparkDefaults: Record<string, string> = {}) {
  return { request: launchRequestFor(parts), cluster, place, sparkDefaults };
}

describe('submitProperties()', () => {
  it.each([
    { said: {}, defaults: {}, expected: 'true' },
    { said: {}, defaults: { 'spark.ui.showConsoleProgress': 'from spark-conf' }, expected: 'from spark-conf' },
  ])('takes spark-conf over our defaults: $expected', ({ defaults, expected }) => {
    const key = expected === 'true' ? 'spark.eventLog.enabled' : 'spark.ui.showConsoleProgress';
    expect(submitProperties(inputFor({}, defaults))[key]).toBe(expected);
  });

  it('gives Spark the jars of packages beside all others, and no package to resolve', () => {
    const layout = { jars: ['/cache/a.jar', '/cache/b.jar'], pythonJars: ['/cache/b.jar'] };
    const submit = { packages: ['org.example:a:1'], jars: ['own.jar'], pyFiles: ['own.py'] };
    const properties = submitProperties(inputFor({ layout, submit }, { 'spark.jars.packages': 'org.example:b:1' }));
    expect(properties['spark.jars']).toBe('own.jar,/cache/a.jar,/cache/b.jar');
    expect(properties['spark.submit.pyFiles']).toBe('own.py,/cache/b.jar');
    expect(Object.keys(properties).filter((key) => key.startsWith('spark.jars.') && key !== 'spark.jars.ivy')).toEqual(
      [],
    );
  });

  it('keeps the jars that spark-conf names', () => {
    const properties = submitProperties(inputFor({ layout: { jars: ['/cache/a.jar'] } }, { 'spark.jars': 'conf.jar' }));
    expect(properties['spark.jars']).toBe('conf.jar,/cache/a.jar');
  });

  it("trusts by the trust store of the layout, unless the user's options name one", () => {
    const key = 'spark.executor.extraJavaOptions';
    const layout = { trustStore: '/cache/trust.jks' };
    const option = '-Djavax.net.ssl.trustStore=/cache/trust.jks';
    expect(submitProperties(inputFor({ layout }))[key]).toContain(option);
    const own = { [key]: '-Djavax.net.ssl.trustStore=/own.jks', 'spark.driver.extraJavaOptions': '-Dx=y' };
    const input = inputFor({ layout, submit: { conf: own } });
    const properties = submitProperties(input);
    expect(properties[key]).not.toContain('/cache/trust.jks');
    expect(submitArguments(input, properties)).toContain(option);
  });

  it.each([
    ['', 'file:/cluster/log4j2.properties'],
    ['-Dlog4j2.configurationFile=own.properties', 'own.properties'],
    ['-Dlog4j.configurationFile=own.properties', 'own.properties'],
  ])("has executors log by the file that is given, unless the user's options name one: %j", (own, expected) => {
    const key = 'spark.executor.extraJavaOptions';
    const input = inputFor({ submit: { conf: { [key]: own } } });
    const found = submitProperties({ ...input, place: { ...place, executorLog4jFile: '/cluster/log4j2.properties' } });
    expect([...(found[key] ?? '').matchAll(/-Dlog4j2?\.configurationFile=(\S+)/g)].map(([, file]) => file)).toEqual([
      expected,
    ]);
  });

  it.each(['log4j', 'log4j2'])("leaves the driver's logging to the user's own %s.configurationFile", (name) => {
    const own = { 'spark.driver.extraJavaOptions': `-D${name}.configurationFile=own.properties` };
    const args = submitArguments(inputFor(), own);
    expect(args.filter((arg) => arg.includes('configurationFile'))).toEqual([
      `-D${name}.configurationFile=own.properties`,
    ]);
  });

  it("takes the run's own over hibana.yaml over spark-conf", () => {
    const parts = { app: { conf: { a: 'yaml', b: 'yaml' } }, submit: { conf: { a: 'run' } } };
    const properties = submitProperties(inputFor(parts, { a: 'conf', b: 'conf', c: 'conf' }));
    expect(properties).toMatchObject({ a: 'run', b: 'yaml', c: 'conf' });
  });

  it('bounds how many executors there are by the size that was asked for', () => {
    const share = { executors: 2, executor: { millicores: 1_000, memoryBytes: 2 ** 30 } };
    const input = inputFor({ cluster: { kind: 'attach', name: 'team', share } }, { 'spark.executor.cores': '3' });
    expect(submitProperties(input)).toMatchObject({ 'spark.executor.cores': '3', 'spark.cores.max': '6' });
  });

  it('decides itself where the job runs', () => {
    const properties = submitProperties(inputFor({ submit: { conf: { 'spark.master': 'local[*]' } } }));
    expect(properties['spark.master']).toBe('spark://127.0.0.1:7077');
  });

  it('joins Java options of ours and of the user', () => {
    const conf = { 'spark.executor.extraJavaOptions': '-Da=b' };
    expect(submitProperties(inputFor({ submit: { conf } }))['spark.executor.extraJavaOptions']).toMatch(
      /^-XX:.* -XX:ActiveProcessorCount=1 -Djava.io.tmpdir=\/run\/tmp -XX:-UsePerfData -Da=b$/,
    );
  });

  it('leaves an executor what its worker has beside 384 MiB', () => {
    expect(submitProperties(inputFor())['spark.executor.memory']).toBe('640m');
  });

  it('has the secret in no property', () => {
    expect(JSON.stringify(submitProperties(inputFor()))).not.toContain('very-secret');
  });
});

describe('submitArguments()', () => {
  it('keeps arguments as they are: spaces, quotes, empty ones, dashes', () => {
    const args = ['--input', 'a b', "it's", '', '--x="1"', '-1', '$HOME', '*'];
    const input = inputFor({ submit: { args } });
    expect(submitArguments(input, submitProperties(input)).slice(-args.length)).toEqual(args);
  });

  it("puts the jars with JDBC drivers behind Spark on the driver's class path", () => {
    const input = inputFor({ layout: { classPathJars: ['/cache/driver.jar'] } });
    const args = submitArguments(input, {});
    expect(args[args.indexOf('-cp') + 1]).toMatch(/.+:\/cache\/driver\.jar$/);
  });

  it('puts the arguments of the application before those of the run', () => {
    const input = inputFor({ app: { args: ['fixed'] }, submit: { args: ['own'] } });
    expect(submitArguments(input, {}).slice(-3)).toEqual(['/opt/app-root/src/app.py', 'fixed', 'own']);
  });

  it('turns what spark-submit itself would read into JVM options', () => {
    const properties = {
      'spark.driver.memory': '3g',
      'spark.driver.extraJavaOptions': '-Da="b c" -Dd=e',
      'spark.driver.extraClassPath': '/x.jar',
    };
    const args = submitArguments(inputFor(), properties);
    expect(args).toEqual(
      expect.arrayContaining(['-Xmx3g', '-Da=b c', '-Dd=e', '/x.jar:/opt/spark/conf:/opt/spark/jars/*']),
    );
  });

  it('has the secret nowhere', () => {
    const input = inputFor();
    expect(submitArguments(input, submitProperties(input)).join(' ')).not.toContain('very-secret');
  });
});

describe('driverEnvironment()', () => {
  it('gives the path of a secret, not the secret', () => {
    expect(driverEnvironment(inputFor(), { TOKEN: '/run/secrets/TOKEN' })).toMatchObject({
      TOKEN_FILE: '/run/secrets/TOKEN',
    });
  });

  it('adds PYTHONPATH of the user behind ours', () => {
    const env = driverEnvironment(inputFor({ submit: { env: { PYTHONPATH: '/mine' } } }), {});
    expect(env.PYTHONPATH).toBe('/opt/app-root/deps:/mine');
  });

  it.each([
    { app: { port: 8080 }, env: {}, expected: '8080' },
    { app: { port: 8080 }, env: { PORT: '9000' }, expected: '9000' },
    { app: { port: null }, env: {}, expected: undefined },
  ])('gives a service its port: $expected', ({ app, env, expected }) => {
    expect(driverEnvironment(inputFor({ app, submit: { env } }), {}).PORT).toBe(expected);
  });
});

describe('splitJavaOptions()', () => {
  it.each([
    ['', []],
    ['-Da=b  -Dc=d', ['-Da=b', '-Dc=d']],
    ['-Da="b c" \'-Dd=e f\'', ['-Da=b c', '-Dd=e f']],
  ])('splits %j', (text, expected) => {
    expect(splitJavaOptions(text)).toEqual(expected);
  });
});
