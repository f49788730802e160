import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../core/errors.ts';
import { ExitCode } from '../../core/exit-codes.ts';
import { formatOutcome, LeaseFile, type Outcome } from '../../core/lease-directory.ts';
import { roomOf } from '../reserved-file.ts';
import type { SweptRun } from './sweep.ts';

/** How it ended, where more is known than that it is gone. */
export type LostVerdict = Pick<Outcome, 'kind' | 'exitCode' | 'jobStatus' | 'reason'>;

/** Says of a run whose launcher is gone that it was lost, or what else became of it. A run that had not begun has nothing to tell: its folder goes.
 *  An outcome that is there stays: the launcher may have died after its last word. */
export async function settleLost(swept: SweptRun, leftovers: readonly string[], verdict = lost()): Promise<void> {
  const events = join(swept.leaseDirectory, LeaseFile.events);
  const startedAt = await stat(events).then(
    ({ birthtime }) => birthtime,
    () => undefined,
  );
  if (startedAt === undefined) return rm(swept.leaseDirectory, { recursive: true, force: true });
  const outcome: Outcome = {
    schema: 'hibana.outcome/v1',
    run: swept.run,
    ...verdict,
    startedAt: startedAt.toISOString(),
    finishedAt: (await lastEventTime(events)) ?? startedAt.toISOString(),
    steps: [],
    cluster: null,
    logs: join(swept.leaseDirectory, LeaseFile.logs),
    leftovers: [...leftovers],
  };
  const file = join(swept.leaseDirectory, LeaseFile.outcome);
  await rm(roomOf(file), { force: true });
  await writeNew(file, formatOutcome(outcome)).catch(() => {});
}

function lost(): LostVerdict {
  const { code, message, hint } = new ToolError('LAUNCHER_LOST', 'The launcher ended without an outcome');
  return { kind: 'lost', exitCode: ExitCode.platform, jobStatus: null, reason: { code, message, hint } };
}

/** Whole or not at all, and never over one that is there: two guards and the CLI may be at it at once, and read it at once. */
async function writeNew(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  await writeFile(beside, text, { mode: 0o600 });
  try {
    await link(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}

async function lastEventTime(events: string): Promise<string | undefined> {
  const text = await readFile(events, 'utf8').catch(() => '');
  return /"time":"([^"]+)"[^\n]*\n?$/.exec(text)?.[1];
}
