import type { Layout } from '../../runtime/core/app.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { Application } from './read-application.ts';
import type { RunScope } from './with-run.ts';

/** For a launcher that lost sight of its cluster: on this machine the end of a connection is certain, and nothing waits so long. */
const LEASE_SECONDS = 60;

export interface RequestInput {
  readonly application: Application;
  readonly layout: Layout;
  readonly scope: RunScope;
  readonly leaseDirectory: string;
  readonly startedAt: number;
  /** What is left of `--timeout`; `null` without one. */
  readonly runMs: number | null;
}

export function launchRequest({
  application,
  layout,
  scope,
  leaseDirectory,
  startedAt,
  runMs,
}: RequestInput): LaunchRequest {
  const { plan, settings } = application;
  const { cluster } = settings;
  const { run, steps } = scope;
  return {
    version: 1,
    run,
    app: { ...plan.app, args: [...plan.app.args], packages: [...plan.app.packages], jars: [...plan.app.jars] },
    layout: { ...layout, pythonPath: [...layout.pythonPath] },
    cluster: {
      kind: 'ephemeral',
      spec: {
        name: cluster.name ?? run,
        workers: cluster.workers,
        worker: cluster.worker,
        owner: { run, directory: leaseDirectory },
        lease: { seconds: LEASE_SECONDS },
        conf: {},
      },
    },
    submit: settings.submit,
    prepared: { startedAt: new Date(startedAt).toISOString(), steps: [...steps] },
    timeouts: { ...settings.timeouts, runMs },
  };
}
