import type { ClusterSpec } from '../../runtime/core/cluster.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { GIBIBYTE } from '../../runtime/core/quantity.ts';

export function clusterSpec(over: Partial<ClusterSpec> = {}): ClusterSpec {
  return {
    name: 'etl-1',
    workers: 2,
    worker: { millicores: 1_000, memoryBytes: GIBIBYTE },
    owner: null,
    lease: { seconds: 60 },
    conf: {},
    ...over,
  };
}

export type RequestParts = {
  readonly [Key in 'app' | 'layout' | 'submit' | 'timeouts']?: Partial<LaunchRequest[Key]>;
} & { readonly spec?: Partial<ClusterSpec>; readonly run?: string; readonly cluster?: LaunchRequest['cluster'] };

/** A whole request, from the parts that a test cares about. */
export function launchRequestFor(parts: RequestParts = {}): LaunchRequest {
  const run = parts.run ?? 'etl-1';
  return {
    version: 1,
    run,
    app: {
      version: 1,
      name: 'etl',
      kind: 'job',
      language: 'python',
      entry: 'app.py',
      mainClass: null,
      spark: '4.2.1',
      args: [],
      conf: {},
      packages: [],
      jars: [],
      env: {},
      port: null,
      ...parts.app,
    },
    layout: {
      spark: '/opt/spark',
      classPath: '/opt/spark/conf:/opt/spark/jars/*',
      archive: null,
      java: '/opt/java',
      javaRelease: 17,
      javaHasVectorModule: true,
      python: '/usr/bin/python3',
      pythonPath: ['/opt/app-root/deps'],
      jars: [],
      pythonJars: [],
      classPathJars: [],
      trustStore: null,
      app: '/opt/app-root/src',
      ...parts.layout,
    },
    cluster: parts.cluster ?? { kind: 'ephemeral', spec: { ...clusterSpec({ name: run }), ...parts.spec } },
    submit: {
      args: [],
      conf: {},
      packages: [],
      repositories: [],
      excludePackages: [],
      jars: [],
      pyFiles: [],
      files: [],
      archives: [],
      env: {},
      executorEnv: {},
      secrets: {},
      ...parts.submit,
    },
    prepared: { startedAt: '2026-01-01T00:00:00.000Z', steps: [] },
    timeouts: { clusterMs: 2_000, runMs: null, stopMs: 1_000, ...parts.timeouts },
  };
}
