import pc from 'picocolors';
import type { ProgressEvent } from '../../runtime/core/events.ts';
import { cleanLine, formatDoing, formatElapsed } from './format.ts';
import type { StepView, ViewState } from './view-state.ts';

export interface LineStyle {
  eventLines(event: ProgressEvent, view: ViewState, verbose: boolean): readonly string[];
  stepDoing(step: StepView): string;
  heartbeat(step: StepView, now: number): string;
}

/** What each event is as lines of a log. All begin with `hibana:`, so that they can be told from the job's. */
export function lineStyle(color: boolean): LineStyle {
  const { red, yellow, dim } = pc.createColors(color);

  function eventLines(event: ProgressEvent, view: ViewState, verbose: boolean): readonly string[] {
    switch (event.type) {
      case 'step-started':
        return [line(event.step, event.detail ?? 'started')];
      case 'step-finished':
        return [line(event.step, `${event.detail} ${dim(`(${formatElapsed(event.elapsedMs)})`)}`.trimStart())];
      case 'step-failed':
        return failureLines(event, view, verbose);
      case 'notice': {
        const text = event.level === 'warning' ? `${yellow('warning:')} ${event.message}` : event.message;
        return [`hibana: ${text}`, ...(event.hint === undefined ? [] : [`  ${event.hint}`])];
      }
      case 'member': {
        if (event.state !== 'lost' && !verbose) return [];
        const name = event.role === 'master' ? 'master' : `worker ${event.index}`;
        const detail = event.detail === undefined ? '' : `: ${event.detail}`;
        return [
          line(
            'cluster',
            event.state === 'lost' ? yellow(`${name} was lost${detail}`) : `${name} ${event.state}${detail}`,
          ),
        ];
      }
      case 'log':
        return verbose ? [line(event.step, dim(`| ${cleanLine(event.line)}`))] : [];
      case 'step-progress':
      case 'outcome':
        return [];
    }
  }

  /** The message comes with the end of the run, or with the error; only a failed cleanup has no other place to be told. */
  function failureLines(
    { step, message, code, elapsedMs }: Extract<ProgressEvent, { readonly type: 'step-failed' }>,
    view: ViewState,
    verbose: boolean,
  ): readonly string[] {
    const lastLines = view.steps.find((one) => one.step === step)?.lastLines ?? [];
    const why = step === 'cleanup' ? `: ${message}` : '';
    return [
      line(step, `${red(`failed after ${formatElapsed(elapsedMs)}`)}${why} [${code}]`),
      ...(verbose ? [] : lastLines.map((text) => line(step, `| ${text}`))),
    ];
  }

  return {
    eventLines,
    stepDoing: (step) => line(step.step, formatDoing(step)),
    heartbeat(step, now) {
      const doing = formatDoing(step);
      const elapsed = formatElapsed(now - step.startedAt);
      return line(step.step, `${doing === '' ? 'still running' : doing} (${elapsed} so far)`);
    },
  };
}

function line(step: string, text: string): string {
  return `hibana: ${step}: ${text}`;
}
