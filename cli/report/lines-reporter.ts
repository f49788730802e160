import type { ProgressEvent } from '../../runtime/core/events.ts';
import { lineStyle } from './event-lines.ts';
import { formatDoing } from './format.ts';
import { jobRelay } from './job-relay.ts';
import type { Reporter, ReporterEdges } from './reporter.ts';
import { EMPTY_VIEW, nextView, type ViewState } from './view-state.ts';

const HEARTBEAT_MS = 30_000;
const BYTES_EVERY_MS = 5_000;
const TICK_MS = 1_000;

/** Plain lines for a log: a line when a step begins, ends or fails, for notices and lost members, for long downloads every 5 s, and
 *  a heartbeat when nobody has said anything for 30 s (CI systems end jobs that are silent). */
export function createLinesReporter(edges: ReporterEdges): Reporter {
  const { now, verbose } = edges;
  const relay = jobRelay(edges, 'stdout');
  const style = lineStyle(edges.color);
  let view: ViewState = EMPTY_VIEW;
  let spokenAt = now();
  let isClosed = false;

  function say(lines: readonly string[]): void {
    if (lines.length === 0) return;
    spokenAt = now();
    relay.say(lines);
  }

  function progressLines(event: Extract<ProgressEvent, { readonly type: 'step-progress' }>): readonly string[] {
    const step = view.steps.find((one) => one.step === event.step);
    const isDue = event.bytes !== undefined && now() - spokenAt >= BYTES_EVERY_MS;
    return step && isDue ? [style.stepDoing(step)] : [];
  }

  const timer = edges.every(TICK_MS, () => {
    if (now() - spokenAt < HEARTBEAT_MS) return;
    const running = view.steps.filter(({ state }) => state === 'running');
    // The newest of which there is something to say: a job that runs says nothing, while a worker may be waited for below it.
    const step = running.findLast((one) => formatDoing(one) !== '') ?? running.at(-1);
    if (step) say([style.heartbeat(step, now())]);
  });

  return {
    emit(event) {
      if (isClosed) return;
      view = nextView(view, event, now());
      say(event.type === 'step-progress' ? progressLines(event) : style.eventLines(event, view, verbose));
    },
    output(stream, chunk) {
      spokenAt = now();
      return relay.output(stream, chunk);
    },
    async close(ending) {
      timer[Symbol.dispose]();
      if (ending && !isClosed) relay.sayEnding(ending);
      isClosed = true;
      await relay.flush();
    },
  };
}
