import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Deployer, RunState } from '../../cli/deploy/deployer.ts';
import type { Revision, Run } from '../../cli/deploy/records.ts';
import { testCtx } from '../helpers/ctx.ts';
import { runFor } from '../helpers/deployment-records.ts';

export interface DeployerUnderTest extends AsyncDisposable {
  readonly deployer: Deployer;
  /** A job that goes on until it is stopped, and one that ends with status 3 by itself. */
  readonly revisions: { readonly stays: Revision; readonly fails: Revision };
  /** Takes away something that the revision needs. */
  readonly spoil: (revision: Revision) => Promise<void>;
  /** Kills all that keeps a run, as the world would: from outside. */
  readonly kill: (run: Run) => Promise<void>;
  /** What is left of runs beside their logs, in words. */
  readonly left: () => Promise<readonly string[]>;
}

const SOON_MS = 60_000;
const POLL_MS = 50;

/** What every Deployer promises, fake or real. */
export function deployerContract(name: string, start: () => Promise<DeployerUnderTest>): void {
  describe(`Deployer: ${name}`, () => {
    const runOf = ({ application }: Revision, id: string): Run =>
      runFor({ application, run: `${application}-${id}`, status: 'running' });

    it('starts a run that goes on, and stops it, twice', async () => {
      await using tested = await start();
      const { deployer, revisions } = tested;
      const ctx = testCtx();
      const run = runOf(revisions.stays, 'one');
      expect(await deployer.observe(run, ctx)).toEqual({ kind: 'absent' });
      expect(await deployer.missing(revisions.stays, ctx)).toEqual([]);
      await deployer.start(revisions.stays, run, ctx);
      expect(await deployer.observe(run, ctx)).toEqual({ kind: 'running' });
      await deployer.stop(run, ctx);
      expect(await deployer.observe(run, ctx)).toMatchObject({
        kind: 'ended',
        outcome: { kind: 'interrupted', run: run.run },
      });
      await deployer.stop(run, ctx);
      expect(await tested.left()).toEqual([]);
    });

    it('gives the end of a run that ended by itself, until it is forgotten', async () => {
      await using tested = await start();
      const { deployer, revisions } = tested;
      const ctx = testCtx();
      const run = runOf(revisions.fails, 'two');
      await deployer.start(revisions.fails, run, ctx);
      const ended = await end(deployer, run);
      expect(ended).toMatchObject({ outcome: { kind: 'failed', jobStatus: 3, exitCode: 3 } });
      await deployer.forget(run);
      expect(await deployer.observe(run, ctx)).toEqual({ kind: 'absent' });
      await deployer.forget(run);
    });

    it('says of a run whose keepers were killed that it is lost, and leaves nothing of it', async () => {
      await using tested = await start();
      const { deployer, revisions } = tested;
      const run = runOf(revisions.stays, 'three');
      await deployer.start(revisions.stays, run, testCtx());
      await tested.kill(run);
      expect(await end(deployer, run)).toMatchObject({ outcome: { kind: 'lost' } });
      expect(await tested.left()).toEqual([]);
    });

    it('gives up stopping with the reason for which it is told to', async () => {
      await using tested = await start();
      const { deployer, revisions } = tested;
      const run = runOf(revisions.stays, 'four');
      await deployer.start(revisions.stays, run, testCtx());
      const ctx = testCtx();
      const stopping = deployer.stop(run, ctx);
      ctx.abort(new Error('Ctrl-C'));
      await expect(stopping).rejects.toThrow('Ctrl-C');
      await deployer.stop(run, testCtx());
    });

    it('says what of a revision is gone', async () => {
      await using tested = await start();
      const { deployer, revisions } = tested;
      await tested.spoil(revisions.fails);
      expect(await deployer.missing(revisions.fails, testCtx())).toEqual([expect.stringContaining('gone')]);
    });
  });
}

async function end(deployer: Deployer, run: Run): Promise<RunState> {
  const deadline = Date.now() + SOON_MS;
  for (;;) {
    const state = await deployer.observe(run, testCtx());
    if (state.kind !== 'running') return state;
    if (Date.now() > deadline) throw new Error(`${run.run} goes on`);
    await pause(POLL_MS);
  }
}
