import { ToolError } from '../../runtime/core/errors.ts';
import { serviceUrl } from '../deploy/health.ts';
import { isInDocker } from '../deploy/lease-folder.ts';
import { needLive } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import { quietCtx } from '../deploy/quiet-ctx.ts';
import { runningRuns } from '../deploy/settle-run.ts';
import { sparkPage } from '../deploy/spark-page.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './open.ts';

export const openCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  const deployments = openDeployments(app);
  const revision = await needLive(deployments.store, { name, verb: 'open', platform: options.platform });
  const [run] = await runningRuns(name, deployments, quietCtx(app));
  if (run === undefined) {
    throw new ToolError('RUN_NOT_FOUND', `Cannot open "${name}": nothing of it runs`, {
      hint: `Run "hibana start ${name}"`,
    });
  }
  if (options.ui && (await isInDocker(deployments.stateFolder, run.run))) {
    const { openDriverPage } = await import('../deploy/docker/open-driver-page.ts');
    if (await openDriverPage(run, deployments, app)) return 0;
    throw noPage(name, true);
  }
  const url = options.ui ? await sparkPage(deployments.stateFolder, run.run) : serviceUrl(revision);
  if (url === undefined) throw noPage(name, options.ui);
  await app.writeResult({ text: url, data: { application: name, run: run.run, url } });
  return 0;
};

function noPage(name: string, isUi: boolean): ToolError {
  if (!isUi) {
    return new ToolError('USAGE', `Cannot open "${name}": it has no port`, {
      hint: 'Open the page of Spark with --ui',
    });
  }
  return new ToolError('RUN_NOT_FOUND', `Cannot open the page of Spark of "${name}": its driver has none, or not yet`, {
    hint: 'Try again when its job has begun; "spark.ui.enabled" must not be false',
  });
}
