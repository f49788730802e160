import { describe, expect, it } from 'vitest';
import type { ClusterChoice } from '../../../../runtime/core/cluster.ts';
import { clusterLabel, clusterProperties } from '../../../../runtime/core/cluster-properties.ts';
import { PATIENT_JOB } from '../../../../runtime/core/patience.ts';
import { GIBIBYTE } from '../../../../runtime/core/quantity.ts';
import { clusterSpec } from '../../../helpers/requests.ts';

const share = { executors: 3, executor: { millicores: 2_000, memoryBytes: 2 * GIBIBYTE } };
const url: ClusterChoice = {
  kind: 'url',
  master: 'spark://h:1',
  webUi: null,
  secretFile: null,
  share,
  pythonPath: [],
  python: null,
};

describe('clusterProperties()', () => {
  it.each<ClusterChoice>([url, { kind: 'attach', name: 'team', share }])(
    'bounds what a job takes of a cluster of others: $kind',
    (choice) => {
      expect(clusterProperties(choice)).toMatchObject({
        'spark.executor.memory': '1664m',
        'spark.executor.cores': '2',
        'spark.cores.max': '6',
      });
    },
  );

  it.each([
    [{ 'spark.executor.cores': '1' }, '3'],
    [{ 'spark.executor.cores': '4' }, '12'],
    [{ 'spark.executor.cores': 'many' }, '6'],
  ])('has as many executors where they are of another size: %j', (asked, all) => {
    expect(clusterProperties(url, asked)['spark.cores.max']).toBe(all);
  });

  it.each<ClusterChoice>([
    { kind: 'ephemeral', spec: clusterSpec() },
    { kind: 'attach', name: 'team', share },
    { kind: 'local', master: 'local[2]' },
  ])('takes silence on this machine for no death: $kind', (choice) => {
    expect(clusterProperties(choice)).toMatchObject(PATIENT_JOB);
  });

  it('leaves the time limits of a foreign cluster as they are', () => {
    expect(Object.keys(clusterProperties(url))).not.toContain('spark.network.timeout');
  });

  it('lets a job have all of a cluster of its own', () => {
    expect(clusterProperties({ kind: 'ephemeral', spec: clusterSpec() })).not.toHaveProperty(['spark.cores.max']);
  });
});

describe('clusterLabel()', () => {
  it('leaves out what may be a token', () => {
    expect(clusterLabel({ kind: 'connect', remote: 'sc://h:1/;token=abc' })).toBe('sc://h:1');
  });
});
