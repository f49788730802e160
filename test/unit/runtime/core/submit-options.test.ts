import { describe, expect, test } from 'vitest';
import { parseSubmitOptions } from '../../../../runtime/core/submit-options.ts';

const NOTHING = {
  conf: {},
  packages: [],
  excludePackages: [],
  repositories: [],
  jars: [],
  pyFiles: [],
  files: [],
  archives: [],
  mainClass: null,
  name: null,
  ignored: [],
};

describe('parseSubmitOptions()', () => {
  test.each<[readonly string[], object]>([
    [[], {}],
    [['--conf', 'spark.a=b=c', '-c', 'spark.d='], { conf: { 'spark.a': 'b=c', 'spark.d': '' } }],
    [['--conf=spark.a=b', '--conf', 'spark.a=c'], { conf: { 'spark.a': 'c' } }],
    [['--packages', 'a:b:1, c:d:2', '--packages=e:f:3'], { packages: ['a:b:1', 'c:d:2', 'e:f:3'] }],
    [
      ['--exclude-packages', 'a:b', '--repositories', 'https://r'],
      { excludePackages: ['a:b'], repositories: ['https://r'] },
    ],
    [
      ['--jars', 'a.jar', '--py-files', 'b.zip', '--files', 'c', '--archives', 'd#e'],
      { jars: ['a.jar'], pyFiles: ['b.zip'], files: ['c'], archives: ['d#e'] },
    ],
    [['--class', 'com.Main', '--name', 'A job'], { mainClass: 'com.Main', name: 'A job' }],
    [
      ['--driver-memory', '2g', '--driver-cores', '2', '--driver-java-options', '-Da=b -Dc=d'],
      {
        conf: {
          'spark.driver.memory': '2g',
          'spark.driver.cores': '2',
          'spark.driver.extraJavaOptions': '-Da=b -Dc=d',
        },
      },
    ],
    [
      ['--driver-class-path', '/a', '--driver-library-path', '/b'],
      { conf: { 'spark.driver.extraClassPath': '/a', 'spark.driver.extraLibraryPath': '/b' } },
    ],
    [
      ['--executor-memory', '1g', '--executor-cores=2', '--total-executor-cores', '4', '--num-executors', '2'],
      {
        conf: {
          'spark.executor.memory': '1g',
          'spark.executor.cores': '2',
          'spark.cores.max': '4',
          'spark.executor.instances': '2',
        },
      },
    ],
    [['--executor-memory', '2g', '--conf', 'spark.executor.memory=1g'], { conf: { 'spark.executor.memory': '2g' } }],
    [
      ['--principal', 'me@REALM', '--keytab', 'k'],
      { conf: { 'spark.kerberos.principal': 'me@REALM', 'spark.kerberos.keytab': 'k' } },
    ],
    [['-v', '--supervise', '--queue', 'q'], { ignored: ['-v', '--supervise', '--queue q'] }],
  ])('reads %j', (argv, expected) => {
    expect(parseSubmitOptions(argv)).toEqual({ ...NOTHING, ...expected });
  });

  test.each([
    [['--master', 'local'], /--master.*chooses the cluster/],
    [['--master=local'], /--master/],
    [['--remote', 'sc://x'], /--remote/],
    [['--deploy-mode', 'cluster'], /--deploy-mode/],
    [['--properties-file', 'x'], /--properties-file/],
    [['--proxy-user', 'x'], /--proxy-user/],
    [['--conf', 'spark.master=local'], /spark\.master/],
    [['--conf', 'spark.a'], /not key=value/],
    [['--conf'], /no value/],
    [['--packges', 'x'], /no such option \(--packages\)/],
    [['--status', 'x'], /no such option/],
    [['app.py'], /"app\.py".*not an option/],
    [['__proto__'], /not an option/],
    [['--constructor', 'x'], /no such option/],
  ])('refuses %j', (argv, message) => {
    const suggest = (_word: string, known: readonly string[]) => ` (${known[known.indexOf('--packages')]})`;
    expect(() => parseSubmitOptions(argv, suggest)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }),
    );
  });
});
