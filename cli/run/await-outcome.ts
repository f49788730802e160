import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { LeaseFile, type Outcome, parseOutcome } from '../../runtime/core/lease-directory.ts';
import { sweepRun } from '../../runtime/platform/local/sweep.ts';
import type { LauncherProcess } from './launcher-process.ts';

/** Hands the request to the launcher and gives the outcome when it has ended. Should it be killed, what it had is deleted here
 *  as well as by its guards, and the outcome is `lost`.
 *  @throws {ToolError} LAUNCHER_LOST when not even that can be read */
export async function awaitOutcome(
  launcher: LauncherProcess,
  request: LaunchRequest,
  stateFolder: string,
): Promise<Outcome> {
  const { leaseDirectory } = launcher;
  await launcher.launch(request);
  const outcome = await readOutcome(leaseDirectory);
  if (outcome !== undefined) return outcome;
  await sweepRun({ run: request.run, leaseDirectory, stateFolder, markLost: true });
  const lost = await readOutcome(leaseDirectory);
  if (lost === undefined) throw new ToolError('LAUNCHER_LOST', 'The launcher ended without an outcome');
  return lost;
}

async function readOutcome(leaseDirectory: string): Promise<Outcome | undefined> {
  const text = await readFile(join(leaseDirectory, LeaseFile.outcome), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseOutcome(text);
}
