import type { Deployer, RunId, RunState } from '../../cli/deploy/deployer.ts';
import type { Revision, Run } from '../../cli/deploy/records.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';

/** Runs in memory, that go on until they are stopped or told to end. */
export class FakeDeployer implements Deployer {
  readonly states = new Map<string, RunState>();
  /** What was asked of it, in order: `start 2`, `stop etl-1`. */
  readonly done: string[] = [];
  /** What of a revision is gone, by its number. */
  readonly gone = new Map<number, readonly string[]>();
  /** Revisions whose runs end at once. */
  readonly broken = new Set<number>();

  async missing({ revision }: Revision): Promise<readonly string[]> {
    return this.gone.get(revision) ?? [];
  }

  async start({ revision }: Revision, run: Run): Promise<void> {
    this.done.push(`start ${revision}`);
    this.states.set(run.run, { kind: 'running' });
    if (this.broken.has(revision)) this.end(run, 'failed');
  }

  async observe({ run }: RunId): Promise<RunState> {
    return this.states.get(run) ?? { kind: 'absent' };
  }

  async stop(run: RunId, ctx: Ctx): Promise<void> {
    this.done.push(`stop ${run.run}`);
    await new Promise(setImmediate);
    ctx.signal.throwIfAborted();
    if (this.states.get(run.run)?.kind === 'running') this.end(run, 'interrupted');
  }

  async forget({ run }: RunId): Promise<void> {
    this.states.delete(run);
  }

  end({ run }: RunId, kind: Outcome['kind']): void {
    const status = kind === 'succeeded' ? 0 : kind === 'failed' ? 3 : 143;
    const reason = kind === 'succeeded' ? null : { code: 'JOB_FAILED', message: `it ${kind}`, hint: 'Look' };
    const outcome: Outcome = {
      schema: 'hibana.outcome/v1',
      run,
      kind,
      exitCode: status,
      jobStatus: status,
      reason,
      startedAt: '2026-11-22T03:00:00.000Z',
      finishedAt: '2026-11-22T03:00:10.000Z',
      steps: [],
      cluster: null,
      logs: '/nowhere/logs',
      leftovers: [],
    };
    this.states.set(run, { kind: 'ended', outcome });
  }
}
