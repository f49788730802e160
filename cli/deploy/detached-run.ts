import type { Ctx } from '../../runtime/core/context.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { Environment } from '../config/settings.ts';
import { jobEnvironment } from '../run/job-environment.ts';
import { startLauncher } from '../run/launcher-process.ts';
import { prepareStateFolder } from '../run/state-folder.ts';

export interface DetachedPlace {
  readonly stateFolder: string;
  /** Node and the launcher's bundle. */
  readonly node: string;
  readonly program: string;
  /** Of whoever starts the run. */
  readonly env: Environment;
}

/** Starts a launcher of this machine and lets it go: it has what `prepare` puts into its lease directory and gives it, and goes on without this process.
 *  Where it rejects nothing is left.
 *  @throws {ToolError} LAUNCHER_FAILED, FOLDER_READ_ONLY, DISK_FULL, what `prepare` throws */
export async function startDetached(
  run: string,
  { stateFolder, node, program, env }: DetachedPlace,
  prepare: (leaseDirectory: string) => Promise<LaunchRequest>,
  ctx: Ctx,
): Promise<void> {
  await prepareStateFolder(stateFolder);
  const silent = { onEvent: () => {}, onOutput: async () => {} };
  await using started = await startLauncher(
    { run, stateFolder, node, program, env: jobEnvironment(env), ...silent },
    ctx,
  );
  const request = await prepare(started.leaseDirectory);
  ctx.signal.throwIfAborted();
  await started.detach(request);
}
