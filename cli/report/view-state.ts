import type { MemberRole, ProgressEvent, StepName } from '../../runtime/core/events.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { cleanLine } from './format.ts';

/** What there is to show: all that the events so far have said. */
export interface ViewState {
  /** In the order in which they began; a step that begins again takes its old place's number, at the end. */
  readonly steps: readonly StepView[];
  readonly members: readonly MemberView[];
  readonly notices: readonly Notice[];
  readonly outcome: Outcome | null;
}

export interface StepView {
  readonly step: StepName;
  readonly state: 'running' | 'done' | 'failed';
  /** What was done, or why it failed. */
  readonly detail: string;
  /** The code of a failure. */
  readonly code: string | null;
  readonly startedAt: number;
  /** `null` while it runs. */
  readonly elapsedMs: number | null;
  readonly doing: string;
  readonly bytes: number | null;
  readonly totalBytes: number | null;
  readonly lastSeen: string;
  /** The newest lines of the tools it uses. */
  readonly lastLines: readonly string[];
}

export interface MemberView {
  readonly role: MemberRole;
  readonly index: number;
  readonly state: 'started' | 'alive' | 'lost' | 'stopped';
}

type Notice = Extract<ProgressEvent, { readonly type: 'notice' }>;

export const EMPTY_VIEW: ViewState = { steps: [], members: [], notices: [], outcome: null };

/** Kept of a step's log: what a failed step shows. */
export const KEPT_LINES = 20;

/** The next view after an event. Events of a step that never began are taken as its beginning: a log may be read from the middle. */
export function nextView(view: ViewState, event: ProgressEvent, now: number): ViewState {
  switch (event.type) {
    case 'step-started':
      return { ...view, steps: [...withoutStep(view, event.step), newStep(event.step, now, event.detail)] };
    case 'step-progress':
      return changeStep(view, event.step, now, {
        doing: event.doing,
        bytes: event.bytes ?? null,
        totalBytes: event.totalBytes ?? null,
        lastSeen: event.lastSeen ?? '',
      });
    case 'step-finished':
      return changeStep(view, event.step, now, { state: 'done', detail: event.detail, elapsedMs: event.elapsedMs });
    case 'step-failed': {
      const { message: detail, code, elapsedMs } = event;
      return changeStep(view, event.step, now, { state: 'failed', detail, code, elapsedMs });
    }
    case 'log': {
      const before = view.steps.find(({ step }) => step === event.step)?.lastLines ?? [];
      return changeStep(view, event.step, now, { lastLines: [...before, cleanLine(event.line)].slice(-KEPT_LINES) });
    }
    case 'member': {
      const { role, index, state } = event;
      const others = view.members.filter((member) => member.role !== role || member.index !== index);
      return { ...view, members: [...others, { role, index, state }] };
    }
    case 'notice':
      return { ...view, notices: [...view.notices, event] };
    case 'outcome':
      return { ...view, outcome: event.outcome };
  }
}

/** `2 of 3 workers` while a cluster comes up or goes down; empty when nothing is known of workers. */
export function workersText({ members }: ViewState): string {
  const workers = members.filter(({ role }) => role === 'worker');
  const alive = workers.filter(({ state }) => state === 'alive').length;
  return workers.length === 0 ? '' : `${alive} of ${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}`;
}

function withoutStep({ steps }: ViewState, name: StepName): readonly StepView[] {
  return steps.filter(({ step }) => step !== name);
}

function changeStep(view: ViewState, name: StepName, now: number, change: Partial<StepView>): ViewState {
  const known = view.steps.some(({ step }) => step === name);
  const steps = known ? view.steps : [...view.steps, newStep(name, now)];
  return { ...view, steps: steps.map((step) => (step.step === name ? { ...step, ...change } : step)) };
}

function newStep(step: StepName, startedAt: number, doing = ''): StepView {
  return {
    step,
    state: 'running',
    detail: '',
    code: null,
    startedAt,
    elapsedMs: null,
    doing,
    bytes: null,
    totalBytes: null,
    lastSeen: '',
    lastLines: [],
  };
}
