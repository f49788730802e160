import type { Layout } from '../../runtime/core/app.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { Environment } from '../config/settings.ts';
import { withS3Settings } from '../jars/s3-settings.ts';
import type { Application } from './read-application.ts';
import type { RunScope } from './with-run.ts';

export interface RequestInput {
  readonly application: Application;
  readonly layout: Layout;
  readonly cluster: LaunchRequest['cluster'];
  /** What its executors unpack beside what the settings ask for. */
  readonly archives: readonly string[];
  readonly scope: RunScope;
  readonly startedAt: number;
  /** What is left of `--timeout`; `null` without one. */
  readonly runMs: number | null;
  /** Of whoever starts the run: extras look there for what they need. */
  readonly env: Environment;
}

export function launchRequest({
  application,
  layout,
  cluster,
  archives,
  scope,
  startedAt,
  runMs,
  env,
}: RequestInput): LaunchRequest {
  const { plan, settings } = application;
  const { run, steps } = scope;
  const request: LaunchRequest = {
    version: 1,
    run,
    app: { ...plan.app, args: [...plan.app.args], packages: [...plan.app.packages], jars: [...plan.app.jars] },
    layout: {
      ...layout,
      pythonPath: [...layout.pythonPath],
      jars: [...layout.jars],
      pythonJars: [...layout.pythonJars],
      classPathJars: [...layout.classPathJars],
    },
    cluster,
    submit: { ...settings.submit, archives: [...settings.submit.archives, ...archives] },
    prepared: { startedAt: new Date(startedAt).toISOString(), steps: [...steps] },
    timeouts: { ...settings.timeouts, runMs },
    notify: [...settings.notify],
  };
  const { sparkDefaults } = application;
  return settings.extras.includes('s3') ? withS3Settings({ request, env, sparkDefaults }) : request;
}
