import type { ProgressEvent } from '../../runtime/core/events.ts';

/** Takes the bytes of a launcher's log, piece by piece, and tells the events in it. Lines that are none are of a launcher that failed: they are notices. */
export function readEvents(onEvent: (event: ProgressEvent) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onEvent(parse(line));
  };
}

function parse(line: string): ProgressEvent {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null && 'schema' in event && event.schema === 'hibana.event/v1') {
      return event as unknown as ProgressEvent;
    }
  } catch {
    // It is what it is.
  }
  return { type: 'notice', level: 'warning', message: line };
}
