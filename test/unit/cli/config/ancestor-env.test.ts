import { describe, expect, test } from 'vitest';
import { VARIABLES } from '../../../../cli/config/ancestor-env.ts';
import { settingsOf, toolError } from './settings-of.ts';

const MEBIBYTE = 2 ** 20;

describe('resolveSettings() with the variables of the environment', () => {
  test('takes what agrees with the ancestor', () => {
    const { plan, submit } = settingsOf({
      env: {
        APP_FILE: 'target/app.jar',
        APP_MAIN_CLASS: 'com.example.Main',
        APP_ARGS: `--input 'my file' ""`,
        SPARK_OPTIONS: '--name "My job" --driver-memory=2g --jars a.jar,b.jar --conf spark.x=1',
        DRIVER_HOST: 'pi-headless',
        OSHINKO_DEL_CLUSTER: 'true',
        OSHINKO_KUBE_SCHEDULER: 'false',
      },
    });
    expect([plan.entry, plan.mainClass]).toEqual(['target/app.jar', 'com.example.Main']);
    expect(submit).toMatchObject({
      args: ['--input', 'my file', ''],
      jars: ['a.jar', 'b.jar'],
      conf: {
        'spark.app.name': 'My job',
        'spark.driver.memory': '2g',
        'spark.driver.host': 'pi-headless',
        'spark.x': '1',
      },
    });
  });

  test.each(['OSHINKO_CLUSTER_NAME', 'HIBANA_CLUSTER'])('takes %s as a name, shared or own', (variable) => {
    expect(settingsOf({ env: { [variable]: 'mine' } }).cluster.target).toEqual({ kind: 'named', name: 'mine' });
    expect(() => settingsOf({ env: { [variable]: 'Not A Name' } })).toThrow(toolError('NAME_INVALID', /Not A Name/));
  });

  test('takes our scalar variables', () => {
    const env = {
      HIBANA_WORKERS: '3',
      HIBANA_WORKER_CORES: '2',
      HIBANA_WORKER_MEMORY: '1536m',
      HIBANA_SPARK: '4.1',
      HIBANA_PYTHON: '3.12',
      HIBANA_TIMEOUT: '90s',
      HIBANA_CLUSTER_TIMEOUT: '2m',
      HIBANA_ARGS: '--slices 8',
      APP_ARGS: '--slices 2',
    };
    const { plan, cluster, submit, timeouts } = settingsOf({ env });
    expect(timeouts).toMatchObject({ runMs: 90_000, clusterMs: 120_000 });
    expect(submit.args).toEqual(['--slices', '8']);
    expect(cluster).toMatchObject({ workers: 3, worker: { millicores: 2_000, memoryBytes: 1536 * MEBIBYTE } });
    expect([plan.spark, plan.python]).toEqual(['4.1', '3.12']);
  });

  test.each([
    ['APP_EXIT', 'true', /means nothing/],
    ['OSHINKO_DEL_CLUSTER', 'false', /is not obeyed/],
    ['SPARK_OPTIONS', '--verbose --queue q', /--verbose, --queue q/],
  ])('says that %s=%s changes nothing', (name, value, notice) => {
    expect(settingsOf({ env: { [name]: value } }).notices).toEqual([expect.stringMatching(notice)]);
  });

  test.each([
    ['SPARK_URL_OVERRIDE', 'yarn://master:7077'],
    ['OSHINKO_SPARK_DRIVER_CONFIG', 'driver-config'],
    ['OSHINKO_KUBE_SCHEDULER', 'true'],
    ['APP_ARGS', `"open`],
    ['SPARK_OPTIONS', `--conf 'open`],
    ['APP_FILE', '/etc/passwd'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(() => settingsOf({ env: { [name]: value } })).toThrow(toolError('USAGE', name));
  });

  test.each([
    ['--master local', /--master/],
    ['--packges a:b:1', /did you mean "--packages"/],
  ])('refuses SPARK_OPTIONS=%s', (value, message) => {
    expect(() => settingsOf({ env: { SPARK_OPTIONS: value } })).toThrow(toolError('USAGE', message));
  });

  test.each(VARIABLES.map(({ name }) => name))('takes an empty %s for none', (name) => {
    expect(settingsOf({ env: { [name]: '' } })).toEqual(settingsOf({}));
  });
});
