import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../core/cluster.ts';
import { ToolError } from '../../core/errors.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { connectEnvironment } from '../../core/submit-args.ts';
import { copySecrets, type DriverCommand, type DriverFolders } from './prepare-driver.ts';

/** The job as a client of a Spark Connect server: a plain Python process, told by `SPARK_REMOTE` where its session is. */
export async function prepareConnectDriver(
  request: LaunchRequest,
  cluster: Cluster,
  options: DriverFolders,
): Promise<DriverCommand> {
  const { layout, app, submit } = request;
  if (layout.python === null) throw new ToolError('USAGE', 'Cannot run a jar on Spark Connect: it is for Python');
  const scratch = join(options.leaseDirectory, LeaseFile.scratch);
  const temporary = join(scratch, 'tmp');
  for (const folder of [temporary, join(options.leaseDirectory, LeaseFile.logs)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const secretFiles = await copySecrets(submit.secrets, join(scratch, 'secrets'));
  return {
    python: null,
    url: null,
    file: layout.python,
    args: [join(layout.app, app.entry), ...app.args, ...submit.args],
    env: { ...options.env, ...connectEnvironment({ request, cluster, temporary }, secretFiles) },
  };
}
