import { describe, expect, it } from 'vitest';
import { parseClusterTarget, parseClusterVariable } from '../../../../runtime/core/cluster-target.ts';
import { settingsOf, toolError } from '../../cli/config/settings-of.ts';

describe('parseClusterTarget()', () => {
  it.each([
    ['local', { kind: 'local', master: 'local[*]' }],
    ['local[*]', { kind: 'local', master: 'local[*]' }],
    ['local[4]', { kind: 'local', master: 'local[4]' }],
    ['local[4,2]', { kind: 'local', master: 'local[4,2]' }],
    ['spark://host:7077', { kind: 'url', master: 'spark://host:7077' }],
    ['spark://a:7077,b:7078', { kind: 'url', master: 'spark://a:7077,b:7078' }],
    ['spark://[::1]:7077', { kind: 'url', master: 'spark://[::1]:7077' }],
    ['sc://host', { kind: 'connect', remote: 'sc://host' }],
    ['sc://host:15002/;token=x', { kind: 'connect', remote: 'sc://host:15002/;token=x' }],
    ['team', { kind: 'attach', name: 'team' }],
  ])('reads %s', (text, expected) => {
    expect(parseClusterTarget(text, '--cluster')).toEqual(expected);
  });

  it.each(['local[0]', 'local[', 'local[2,0]', 'spark://host', 'spark:/host:1', 'k8s://host', 'yarn:', 'host:7077'])(
    'refuses %s and says what there is',
    (text) => {
      expect(() => parseClusterTarget(text, '--cluster')).toThrow(toolError('USAGE', /neither a master nor the name/));
    },
  );

  it('refuses what is no name', () => {
    expect(() => parseClusterTarget('Team A', '--cluster')).toThrow(toolError('NAME_INVALID', /Team A/));
  });
});

describe('parseClusterVariable()', () => {
  it('takes a name for a shared cluster or the own one', () => {
    expect(parseClusterVariable('team', 'HIBANA_CLUSTER')).toEqual({ kind: 'named', name: 'team' });
    expect(parseClusterVariable('local', 'HIBANA_CLUSTER')).toEqual({ kind: 'local', master: 'local[*]' });
  });
});

describe('resolveSettings() with clusters', () => {
  it('weighs flag over environment over hibana.yaml', () => {
    const project = 'cluster: { attach: from-yaml }';
    const env = { HIBANA_CLUSTER: 'from-env' };
    expect(settingsOf({ project }).cluster.target).toEqual({ kind: 'attach', name: 'from-yaml' });
    expect(settingsOf({ project, env }).cluster.target).toEqual({ kind: 'named', name: 'from-env' });
    expect(settingsOf({ project, env, flags: { cluster: 'local' } }).cluster.target).toEqual({
      kind: 'local',
      master: 'local[*]',
    });
  });

  it('takes the address of the driver as a property, and the page without its path for machines', () => {
    const flags = { cluster: 'spark://h:1', driverHost: 'me', clusterUi: 'http://h:8080/json/' };
    const { submit, cluster } = settingsOf({ flags });
    expect(submit.conf['spark.driver.host']).toBe('me');
    expect(cluster.ui).toBe('http://h:8080');
  });

  it('does not weigh executors against workers that are not its own', () => {
    const flags = { cluster: 'spark://h:1', conf: ['spark.executor.memory=64g'] };
    expect(settingsOf({ flags }).submit.conf['spark.executor.memory']).toBe('64g');
    expect(() => settingsOf({ flags: { conf: ['spark.executor.memory=64g'] } })).toThrow(
      toolError('QUANTITY_INVALID', /64g/),
    );
  });
});
