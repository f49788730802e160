import { ToolError } from '../../runtime/core/errors.ts';
import { step } from '../../runtime/core/events.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import * as values from '../../runtime/core/run-values.ts';
import { scaleShared } from '../../runtime/platform/local/shared-cluster.ts';
import { changeCluster, needShared } from '../cluster/change-cluster.ts';
import { crowdWarning } from '../config/machine-fit.ts';
import { jobEnvironment } from '../run/job-environment.ts';
import { withRun } from '../run/with-run.ts';
import type { definition } from './cluster-scale.ts';
import type { CommandHandler } from './command.ts';

export const scaleCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const { name } = positionals;
  const { state } = foldersFrom(app.env, app.home);
  const asked = positionals.workers === undefined ? null : workersFrom(positionals.workers, name);
  const deadlineMs = values.parseDuration(options['cluster-timeout'] ?? '120s', '--cluster-timeout');
  if (options.platform === 'docker') {
    return (await import('../docker/cluster-handlers.ts')).scaleInDocker(name, asked, deadlineMs, app);
  }
  await needShared(state, name, 'scale');
  const input = { name, stateFolder: state, launches: false, stopping: 'the cluster stays as it is by now' };
  const scaled = await withRun(input, app, ({ ctx }) =>
    changeCluster(
      { stateFolder: state, name, pid: app.pid },
      () =>
        step(ctx, 'cluster', async () => {
          const cluster = await needShared(state, name, 'scale');
          const workers = asked ?? cluster.description.workers;
          const { worker } = cluster.shared;
          const warning = crowdWarning({ workers, worker, driverBytes: 0 }, app.memoryBytes());
          if (warning !== null) ctx.emit({ type: 'notice', ...warning });
          await scaleShared(cluster, workers, { stateFolder: state, env: jobEnvironment(app.env), deadlineMs }, ctx);
          return { result: workers, detail: `${workers} ${workers === 1 ? 'worker' : 'workers'}` };
        }),
      ctx,
    ),
  );
  await app.writeResult({
    text: `${name}: ${scaled} ${scaled === 1 ? 'worker' : 'workers'}`,
    data: { cluster: { name, workers: scaled } },
  });
  return 0;
};

/** A cluster without workers would take jobs and never run them. */
function workersFrom(text: string, name: string): number {
  if (/^0+$/.test(text)) {
    throw new ToolError('WORKERS_INVALID', `Cannot scale the cluster "${name}" to 0: its jobs would wait without end`, {
      hint: `Run "hibana cluster delete ${name}" to end it`,
    });
  }
  return values.parseWorkers(text, 'WORKERS');
}
