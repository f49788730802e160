import type { Cluster } from '../core/cluster.ts';
import { clusterLabel } from '../core/cluster-properties.ts';
import type { Ctx } from '../core/context.ts';
import { step } from '../core/events.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import { findConnectServer } from '../platform/attach/find-connect-server.ts';
import type { DriverEnd, LaunchDeps } from './launch.ts';
import { runJob } from './run-job.ts';

/** Runs the job as a client of a Spark Connect server that is there already.
 *  @throws {ToolError} MASTER_UNREACHABLE */
export async function launchConnected(
  request: LaunchRequest,
  remote: string,
  { runDriver }: LaunchDeps,
  ctx: Ctx,
): Promise<DriverEnd> {
  const name = clusterLabel({ kind: 'connect', remote }) ?? remote;
  for (const message of noticesFor(request)) ctx.emit({ type: 'notice', level: 'info', message });
  const cluster = await step(ctx, 'cluster', async () => {
    await findConnectServer(remote, ctx);
    const server: Cluster = { name, master: remote, webUi: null, secret: null, spark: null };
    return { result: server, detail: `client of ${name}` };
  });
  return runJob(() => runDriver(request, cluster, ctx), ctx);
}

/** What a client cannot bring along without a word in its own code. */
function noticesFor({ app, submit }: LaunchRequest): readonly string[] {
  const asked = [
    ['properties', Object.keys({ ...app.conf, ...submit.conf })],
    ['packages', [...app.packages, ...submit.packages]],
    ['jars', [...app.jars, ...submit.jars]],
    ['Python files', submit.pyFiles],
    ['files', submit.files],
    ['archives', submit.archives],
    ['variables of executors', Object.keys(submit.executorEnv)],
  ] as const;
  const left = asked.flatMap(([what, items]) => (items.length === 0 ? [] : [`${what} (${items.join(', ')})`]));
  return [
    'Functions that run on a Connect server find what is installed there: modules of the source and its dependencies stay with the client',
    ...(left.length === 0 ? [] : [`The Connect server is not given ${left.join(', ')}: they are its own to set`]),
  ];
}
