import pc from 'picocolors';
import type { ProgressEvent } from '../../runtime/core/events.ts';
import { formatDoing, formatElapsed } from './format.ts';
import { type StepView, type ViewState, workersText } from './view-state.ts';

export interface TreeStyle {
  /** What stays on the screen after an event: a step that ended, a notice, a lost member. */
  keptRows(event: ProgressEvent, view: ViewState): readonly string[];
  /** The live area: the running steps, what the newest saw last and its last lines; at most `maximum` rows. */
  liveRows(view: ViewState, now: number, maximum: number): readonly string[];
}

const STEP_WIDTH = 13;
const ELAPSED_WIDTH = 9;
const LIVE_LINES = 3;
const FRAME_MS = 100;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

/** The rows of the tree that a terminal shows. Rows are not cut to its width: whoever draws them does that. */
export function treeStyle(color: boolean): TreeStyle {
  const { red, yellow, green, cyan, dim } = pc.createColors(color);

  function endedStep(step: StepView): readonly string[] {
    const elapsed = dim(formatElapsed(step.elapsedMs ?? 0));
    const name = step.step.padEnd(STEP_WIDTH);
    if (step.state === 'done') return [`${green('✓')} ${name}${step.detail}  ${elapsed}`];
    return [`${red('✗')} ${name}${step.detail}  ${elapsed}`, ...step.lastLines.map((text) => `    ${dim(text)}`)];
  }

  return {
    keptRows(event, view) {
      switch (event.type) {
        case 'step-finished':
        case 'step-failed':
          return view.steps.filter(({ step }) => step === event.step).flatMap(endedStep);
        case 'notice': {
          const mark = event.level === 'warning' ? yellow('!') : dim('·');
          return [`${mark} ${event.message}`, ...(event.hint === undefined ? [] : [`  ${dim(event.hint)}`])];
        }
        case 'member': {
          if (event.state !== 'lost') return [];
          const name = event.role === 'master' ? 'master' : `worker ${event.index}`;
          return [`${yellow('!')} ${name} was lost${event.detail === undefined ? '' : `: ${event.detail}`}`];
        }
        default:
          return [];
      }
    },
    liveRows(view, now, maximum) {
      const running = view.steps.filter(({ state }) => state === 'running');
      const newest = running.at(-1);
      const spinner = SPINNER[Math.floor(now / FRAME_MS) % SPINNER.length] ?? '';
      const rows = running.map((step) => {
        const workers = step.step === 'cluster' && step.lastSeen === '' ? workersText(view) : '';
        const doing = [formatDoing(step), workers].filter((text) => text !== '').join(' · ');
        // Before what may be cut off at the edge of the terminal.
        const elapsed = dim(formatElapsed(now - step.startedAt).padEnd(ELAPSED_WIDTH));
        return `${cyan(spinner)} ${step.step.padEnd(STEP_WIDTH)}${elapsed}${doing}`.trimEnd();
      });
      const lines = (newest?.lastLines ?? []).slice(-LIVE_LINES).map((text) => `    ${dim(text)}`);
      return [...rows, ...lines].slice(0, Math.max(1, maximum));
    },
  };
}
