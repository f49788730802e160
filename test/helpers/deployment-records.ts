import type { Revision, Run } from '../../cli/deploy/records.ts';
import { GIBIBYTE } from '../../runtime/core/quantity.ts';
import { launchRequestFor } from './requests.ts';

/** A whole revision, from the parts that a test cares about. */
export function revisionFor(over: Partial<Revision> = {}): Revision {
  const { app, submit, timeouts, layout } = launchRequestFor();
  const kind = over.kind ?? 'job';
  return {
    schema: 'hibana.revision/v1',
    application: 'etl',
    revision: 1,
    platform: 'local',
    kind,
    createdAt: '2026-11-22T03:00:00.000Z',
    status: 'live',
    reason: null,
    trigger: { kind: 'deploy', revision: null },
    source: { text: 'pi', description: 'template pi', commit: null },
    artifact: { kind: 'tree', key: 'abc', layout },
    launch: {
      app: { ...app, kind },
      submit,
      timeouts,
      cluster: {
        target: null,
        ui: null,
        secretFile: null,
        workers: 2,
        worker: { millicores: 1_000, memoryBytes: GIBIBYTE },
      },
      extras: [],
      sparkDefaults: {},
      notify: [],
    },
    health: { path: null, port: null, timeoutMs: 5_000 },
    onRedeploy: 'wait',
    request: { options: {}, args: [], cwd: '/work' },
    ...over,
  };
}

/** A whole run, likewise. */
export function runFor(over: Partial<Run> = {}): Run {
  return {
    schema: 'hibana.run/v1',
    application: 'etl',
    run: 'etl-1',
    revision: 1,
    trigger: 'deploy',
    args: [],
    startedAt: '2026-11-22T03:00:00.000Z',
    status: 'succeeded',
    finishedAt: '2026-11-22T03:01:00.000Z',
    exitCode: 0,
    jobStatus: 0,
    reason: null,
    steps: [],
    coreSeconds: 120,
    gibSeconds: 120,
    logs: '/nowhere/logs',
    ...over,
  };
}
