import { jobRelay } from './job-relay.ts';
import { lineHold } from './line-hold.ts';
import type { JobStream, Reporter, ReporterEdges } from './reporter.ts';
import { terminalTree } from './terminal-tree.ts';
import { treeStyle } from './tree-rows.ts';
import { EMPTY_VIEW, nextView, type ViewState } from './view-state.ts';
import { write } from './write.ts';

const DRAW_EVERY_MS = 100;
/** How long the job's unfinished line is held back before it is shown as a line of its own. */
const HOLD_MS = 500;
const DEFAULT_ROWS = 24;
const FREE_ROWS = 2;

/** A tree on the terminal that stderr is: ended steps stay, running ones are drawn over. The job's output goes above the live area;
 *  where stdout is no terminal it is not touched at all. Reads no input: Ctrl-C stays a signal. */
export function createInkReporter(edges: ReporterEdges): Reporter {
  const { stdout, stderr, now } = edges;
  const tree = terminalTree(stderr);
  const style = treeStyle(edges.color);
  const relay = jobRelay(edges, 'stdout');
  const holds = { stdout: lineHold(), stderr: lineHold() };
  let view: ViewState = EMPTY_VIEW;
  let heldSince: number | null = null;
  let isClosed = false;

  function draw(): void {
    tree.draw(style.liveRows(view, now(), (stderr.rows ?? DEFAULT_ROWS) - FREE_ROWS));
  }

  function showAbove(stream: JobStream, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      tree.above(() => {
        write(stream === 'stdout' ? stdout : stderr, bytes).then(resolve, reject);
      });
    });
  }

  /** The live area needs a line of its own below: what is shown before its end gets one. */
  function showHeld(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const bytes = holds[stream].release();
      if (bytes.length > 0) void showAbove(stream, Buffer.concat([bytes, Buffer.from('\n')]));
    }
    heldSince = null;
  }

  const timer = edges.every(DRAW_EVERY_MS, () => {
    if (heldSince !== null && now() - heldSince >= HOLD_MS) showHeld();
    draw();
  });

  return {
    emit(event) {
      if (isClosed) return;
      view = nextView(view, event, now());
      tree.keep(style.keptRows(event, view));
    },
    async output(stream, chunk) {
      const isTerminal = (stream === 'stdout' ? stdout : stderr).isTTY === true;
      if (isClosed || !isTerminal) return relay.output(stream, chunk);
      heldSince = chunk.at(-1) === 0x0a ? null : now();
      await showAbove(stream, holds[stream].take(chunk));
    },
    async close(ending) {
      if (isClosed) return relay.flush();
      isClosed = true;
      timer[Symbol.dispose]();
      await tree.end();
      for (const stream of ['stdout', 'stderr'] as const) await relay.output(stream, holds[stream].release());
      if (ending) relay.sayEnding(ending);
      await relay.flush();
    },
  };
}
