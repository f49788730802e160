import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../core/errors.ts';
import { formatOutcome, LeaseFile, type Outcome } from '../../core/lease-directory.ts';
import type { SweptRun } from './sweep.ts';

/** Says of a run whose launcher is gone that it was lost. A run that had not begun has nothing to tell: its folder goes.
 *  An outcome that is there stays: the launcher may have died after its last word. */
export async function settleLost(swept: SweptRun, leftovers: readonly string[]): Promise<void> {
  const events = join(swept.leaseDirectory, LeaseFile.events);
  const startedAt = await stat(events).then(
    ({ birthtime }) => birthtime,
    () => undefined,
  );
  if (startedAt === undefined) return rm(swept.leaseDirectory, { recursive: true, force: true });
  const { code, message, hint } = new ToolError('LAUNCHER_LOST', 'The launcher ended without an outcome');
  const outcome: Outcome = {
    schema: 'hibana.outcome/v1',
    run: swept.run,
    kind: 'lost',
    exitCode: 6,
    jobStatus: null,
    reason: { code, message, hint },
    startedAt: startedAt.toISOString(),
    finishedAt: (await lastEventTime(events)) ?? startedAt.toISOString(),
    steps: [],
    cluster: swept.run,
    logs: join(swept.leaseDirectory, LeaseFile.logs),
    leftovers: [...leftovers],
  };
  await writeFile(join(swept.leaseDirectory, LeaseFile.outcome), formatOutcome(outcome), {
    flag: 'wx',
    mode: 0o600,
  }).catch(() => {});
}

async function lastEventTime(events: string): Promise<string | undefined> {
  const text = await readFile(events, 'utf8').catch(() => '');
  return /"time":"([^"]+)"[^\n]*\n?$/.exec(text)?.[1];
}
