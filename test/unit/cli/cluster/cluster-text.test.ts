import { expect, it } from 'vitest';
import { clusterText } from '../../../../cli/cluster/cluster-text.ts';
import { MEBIBYTE } from '../../../../runtime/core/quantity.ts';
import { clusterFolder } from '../../../../runtime/platform/local/cluster-folder.ts';
import type { ClusterReport } from '../../../../runtime/platform/local/list-clusters.ts';
import type { SharedCluster } from '../../../../runtime/platform/local/shared-cluster.ts';

const master = 'spark://127.0.0.1:7077';
const page = 'http://127.0.0.1:8080';

const report: ClusterReport = {
  status: {
    ...{ name: 'team', platform: 'local', state: 'ready', run: null, master, webUi: page, workers: 1 },
    ...{ createdAt: '2026-11-21T09:55:12.000Z', shared: true, problem: null, spark: '4.2.1', python: '3.11.7' },
  },
  page: undefined,
};

const worker = { millicores: 1_000, memoryBytes: 1_024 * MEBIBYTE };
const shared = {
  ...{ marker: 'team@1', creator: { pid: 1, startTicks: 1 }, complete: true, spark: '4.2.1', java: 17 },
  ...{ python: '3.11.7', worker, conf: {}, ports: null, layout: {} },
};
const cluster: SharedCluster = {
  name: 'team',
  folder: clusterFolder('/state', 'team'),
  description: { version: 1, ownerDirectory: null, ...report.status, workers: 1, shared },
  shared,
};

it('clusterText() says all that a run elsewhere needs: master, web page, and the file of the secret', () => {
  const text = clusterText(report, cluster);
  expect(text).toMatch(/^master +spark:\/\/127\.0\.0\.1:7077$/m);
  expect(text).toMatch(/^web page +http:\/\/127\.0\.0\.1:8080$/m);
  expect(text).toMatch(/^secret file +\/state\/clusters\/team\/secret$/m);
});
