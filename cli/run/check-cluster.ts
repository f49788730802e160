import type { ClusterChoice } from '../../runtime/core/cluster.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { checkVersion } from '../../runtime/platform/attach/check-version.ts';
import { findConnectServer } from '../../runtime/platform/attach/find-connect-server.ts';
import { findMaster } from '../../runtime/platform/attach/find-master.ts';
import { attachShared } from '../../runtime/platform/local/shared-cluster.ts';
import { needShared } from '../cluster/change-cluster.ts';
import type { Application } from './read-application.ts';

/** That the cluster which a run shall use is there and of the right version, while nothing has been fetched for it. The launcher asks again.
 *  @throws {ToolError} CLUSTER_NOT_FOUND, MASTER_UNREACHABLE, SPARK_MISMATCH, USAGE for a jar on Spark Connect */
export async function checkCluster(
  choice: ClusterChoice,
  { plan }: Pick<Application, 'plan'>,
  stateFolder: string,
  ctx: Ctx,
): Promise<void> {
  const { spark, language } = plan.app;
  switch (choice.kind) {
    case 'attach': {
      const cluster = await attachShared(await needShared(stateFolder, choice.name, 'attach to'));
      if (cluster === undefined) {
        throw new ToolError(
          'CLUSTER_NOT_FOUND',
          `Cannot attach to "${choice.name}": it is still being made, or never was`,
        );
      }
      checkVersion(cluster, spark);
      return;
    }
    case 'url':
      checkVersion(await findMaster(choice, ctx), spark);
      return;
    case 'connect':
      if (language !== 'python') {
        throw new ToolError(
          'USAGE',
          `Cannot run "${plan.app.entry}" on Spark Connect: only Python can be its client here`,
          {
            hint: 'Attach it to a master with --cluster spark://HOST:PORT',
          },
        );
      }
      await findConnectServer(choice.remote, ctx);
      return;
    case 'ephemeral':
    case 'local':
      return;
  }
}
