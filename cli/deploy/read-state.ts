import type { Ctx } from '../../runtime/core/context.ts';
import { errorMessage } from '../../runtime/core/errors.ts';
import { isBeingChanged } from './change-deployment.ts';
import { revisionDocument, runDocument } from './documents.ts';
import { ask, probeOf, serviceUrl, WELL } from './health.ts';
import type { Deployments } from './open-deployments.ts';
import type { Revision, Run } from './records.ts';
import { runningRuns, settledRuns } from './settle-run.ts';

/** How an application stands, in one word: `rolling-out` while somebody is at it; then a job is `running`, `idle` before its first run, or what became
 *  of its last one; a service is `running`, `unhealthy`, `stopped`, or what it ended with. `failed` has never come to count. */
export type StateWord = 'rolling-out' | 'running' | 'unhealthy' | 'idle' | 'stopped' | Run['status'] | 'unreadable';

export interface ApplicationState {
  readonly name: string;
  readonly state: StateWord;
  /** What is wrong, in words; `null`: nothing. */
  readonly problem: string | null;
  /** The one that counts; `null`: none does. */
  readonly live: Revision | null;
  readonly newest: Revision | null;
  readonly running: readonly Run[];
  readonly lastRun: Run | null;
}

/** How an application stands now. `asksHealth`: a service that runs is asked whether it is well. */
export async function readState(
  name: string,
  deployments: Deployments,
  { asksHealth }: { readonly asksHealth: boolean },
  ctx: Ctx,
): Promise<ApplicationState> {
  const { store, stateFolder } = deployments;
  let newest: Revision | null = null;
  let live: Revision | null = null;
  for await (const revision of store.revisions(name)) {
    newest ??= revision;
    live = revision.status === 'live' ? revision : null;
    if (live !== null) break;
  }
  const running = await runningRuns(name, deployments, ctx);
  const lastRun = await newestRun(name, deployments, ctx);
  const facts = { name, live, newest, running, lastRun };
  if (newest?.status === 'rolling-out' && (await isBeingChanged({ stateFolder, name }))) {
    return { ...facts, state: 'rolling-out', problem: null };
  }
  const answer = asksHealth && live?.kind === 'service' && isUp(facts) ? await askHealth(live, ctx) : WELL;
  return { ...facts, state: judge(facts, answer), problem: problemOf(facts, answer) };
}

async function newestRun(name: string, deployments: Deployments, ctx: Ctx): Promise<Run | null> {
  for await (const run of settledRuns(name, deployments, ctx)) return run;
  return null;
}

type Facts = Omit<ApplicationState, 'state' | 'problem'>;

function judge(facts: Facts, answer: string): StateWord {
  const { live, lastRun } = facts;
  if (isUp(facts)) return answer === WELL ? 'running' : 'unhealthy';
  if (live === null) return 'failed';
  if (lastRun === null) return live.kind === 'job' ? 'idle' : 'stopped';
  return live.kind === 'service' && DOWN.has(lastRun.status) ? 'stopped' : lastRun.status;
}

const DOWN: ReadonlySet<Run['status']> = new Set(['interrupted', 'running']);

/** A job runs whichever revision it is of; of a service only that which counts is it. */
function isUp({ live, running }: Facts): boolean {
  return running.some(({ revision }) => live?.kind !== 'service' || revision === live.revision);
}

function problemOf({ newest, live }: Facts, answer: string): string | null {
  if (answer !== WELL) return answer;
  if (newest === null || newest.revision === live?.revision) return null;
  const why = newest.status === 'failed' ? (newest.reason?.message ?? 'it failed') : 'its roll-out was cut off';
  return `revision ${newest.revision} does not count: ${why}`;
}

async function askHealth(revision: Revision, ctx: Ctx): Promise<string> {
  const probe = probeOf(revision);
  return probe === null ? WELL : ask(probe, ctx.signal);
}

/** One whose records cannot be read. */
export function unreadableState(name: string, error: unknown): ApplicationState {
  const nothing = { live: null, newest: null, running: [], lastRun: null };
  return { name, state: 'unreadable', problem: errorMessage(error), ...nothing };
}

/** Where it is deployed; `null` where nobody can read it. */
export function platformOf({ live, newest }: ApplicationState): Revision['platform'] | null {
  return (live ?? newest)?.platform ?? null;
}

export function stateDocument(state: ApplicationState): Readonly<Record<string, unknown>> {
  const { name, state: word, problem, live, running, lastRun } = state;
  const { kind = null } = live ?? state.newest ?? {};
  return {
    ...{ name, kind, platform: platformOf(state), state: word, problem },
    url: live?.kind === 'service' ? (serviceUrl(live) ?? null) : null,
    revision: live === null ? null : revisionDocument(live, live.revision),
    newestRevision: state.newest?.revision ?? null,
    running: running.map(({ run }) => run),
    lastRun: lastRun === null ? null : runDocument(lastRun),
  };
}
