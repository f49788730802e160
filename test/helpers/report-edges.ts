import { Writable } from 'node:stream';
import type { OutputStream, ReporterEdges } from '../../cli/report/reporter.ts';

export interface TestStream {
  readonly stream: OutputStream;
  text(): string;
}

/** A stream that keeps what is written; a terminal when it is given a size. */
export function testStream(size?: { readonly columns: number; readonly rows: number }): TestStream {
  const chunks: Buffer[] = [];
  const writable = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const stream = Object.assign(writable, size === undefined ? {} : { isTTY: true, ...size });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

export interface TestReporterEdges extends ReporterEdges {
  readonly out: TestStream;
  readonly err: TestStream;
  /** Moves the clock and lets every timer tick that is due. */
  pass(ms: number): void;
}

const START = Date.parse('2026-11-21T09:55:12Z');

/** Edges of a reporter with streams that keep what is written and a clock that only `pass` moves. */
export function testReporterEdges(
  change: Partial<ReporterEdges> & { readonly out?: TestStream; readonly err?: TestStream } = {},
): TestReporterEdges {
  let now = START;
  const timers = new Set<{ dueAt: number; readonly intervalMs: number; readonly tick: () => void }>();
  const { out = testStream(), err = testStream() } = change;

  function pass(ms: number): void {
    const end = now + ms;
    for (;;) {
      const next = [...timers].filter(({ dueAt }) => dueAt <= end).sort((one, other) => one.dueAt - other.dueAt)[0];
      if (!next) break;
      now = next.dueAt;
      next.dueAt += next.intervalMs;
      next.tick();
    }
    now = end;
  }

  return {
    stdout: out.stream,
    stderr: err.stream,
    outputIsShared: false,
    now: () => now,
    every(intervalMs, tick) {
      const timer = { dueAt: now + intervalMs, intervalMs, tick };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    color: false,
    verbose: false,
    ...change,
    out,
    err,
    pass,
  };
}
