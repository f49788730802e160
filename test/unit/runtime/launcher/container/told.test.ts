import { describe, expect, it } from 'vitest';
import { readTold } from '../../../../../runtime/launcher/container/told.ts';
import { toolError } from '../../../cli/config/settings-of.ts';

describe('readTold()', () => {
  it('takes the variables for people and the parts of a request', () => {
    const told = readTold({
      HIBANA_LAUNCH: '{"version":1,"submit":{"args":["a"]},"timeouts":{"stopMs":1}}',
      HIBANA_WORKERS: '3',
      HIBANA_CLUSTER: 'spark://master:7077',
      APP_ARGS: '--slices 2',
      SPARK_OPTIONS: '--conf spark.x=1 --jars a.jar',
      DRIVER_HOST: 'here',
      OSHINKO_DEL_CLUSTER: 'true',
      PATH: '/bin',
    });
    expect(told).toEqual({
      parts: { version: 1, submit: { args: ['a'] }, timeouts: { stopMs: 1 } },
      values: { 'cluster.workers': 3, 'cluster.attach': { kind: 'url', master: 'spark://master:7077' } },
      lists: { args: ['--slices', '2'], jars: ['a.jar'] },
      conf: { 'spark.x': '1', 'spark.driver.host': 'here' },
      notices: [],
    });
  });

  it.each([
    ['{', /Cannot read HIBANA_LAUNCH/],
    ['[]', /HIBANA_LAUNCH: it is not/],
    ['{"version":2}', /version/],
    ['{"version":1,"submit":{"args":"x"}}', /submit\.args/],
    ['{"version":1,"run":"../up"}', /run/],
  ])('refuses HIBANA_LAUNCH=%s', (text, message) => {
    expect(() => readTold({ HIBANA_LAUNCH: text })).toThrow(toolError('USAGE', message));
  });

  it.each([
    ['HIBANA_SPARK', '4.1'],
    ['HIBANA_PYTHON', '3.12'],
    ['HIBANA_CONFIG', 'small'],
    ['OSHINKO_NAMED_CONFIG', 'small'],
    ['OSHINKO_SPARK_DRIVER_CONFIG', 'map'],
    ['HIBANA_LOG', 'xml'],
    ['HIBANA_HOME', 'data'],
    ['HIBANA_CLUSTER', 'yarn://master'],
    ['APP_FILE', '../other.py'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(() => readTold({ [name]: value })).toThrow(toolError('USAGE', name));
    expect(readTold({ [name]: '' })).toEqual(readTold({}));
  });

  it.each([
    [{ HIBANA_WROKERS: '2' }, /HIBANA_WROKERS/],
    [{ HIBANA_LAUNCH: '{"version":1,"clutser":{}}' }, /clutser/],
    [{ APP_EXIT: 'true' }, /APP_EXIT/],
  ])('says what means nothing: %j', (env, notice) => {
    expect(readTold(env).notices).toEqual([expect.stringMatching(notice)]);
  });

  it('says nothing of the marker of a run', () => {
    expect(readTold({ HIBANA_RUN: 'etl-1' }).notices).toEqual([]);
  });
});
