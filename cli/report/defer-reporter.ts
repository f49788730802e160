import type { ProgressEvent } from '../../runtime/core/events.ts';
import type { Ending, Reporter } from './reporter.ts';

/** A reporter that can be used at once while `load` fetches the real one: events wait for it, in order, and so does the job's output.
 *  Nothing that is said before the kind is known goes where it should not, and the work need not wait for ink. */
export function deferReporter(load: () => Promise<Reporter>): Reporter {
  const waiting: ProgressEvent[] = [];
  let reporter: Reporter | undefined;
  const loaded = load().then((real) => {
    for (const event of waiting.splice(0)) real.emit(event);
    reporter = real;
    return real;
  });
  // Whoever awaits `output` or `close` hears of a failure; until then it is nobody's.
  loaded.catch(() => undefined);

  return {
    emit(event) {
      if (reporter) reporter.emit(event);
      else waiting.push(event);
    },
    async output(stream, chunk) {
      const real = reporter ?? (await loaded);
      return real.output(stream, chunk);
    },
    async close(ending?: Ending) {
      const real = reporter ?? (await loaded);
      return real.close(ending);
    },
  };
}
