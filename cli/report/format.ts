import { stripVTControlCharacters } from 'node:util';
import prettyBytes from 'pretty-bytes';
import type { StepView } from './view-state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `0.3 s`, `1 min 12 s`, `2 h 5 min`. */
export function formatElapsed(ms: number): string {
  // What would round to 60.0 s is a minute.
  if (ms < MINUTE_MS - 50) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (ms < HOUR_MS) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `12.3 MB of 434 MB (3%)`, `12.3 MB` when the whole is not known, empty when nothing is. */
export function formatProgress(bytes: number | null, totalBytes: number | null): string {
  if (bytes === null) return '';
  if (totalBytes === null || totalBytes <= 0) return prettyBytes(bytes);
  const percent = Math.min(100, Math.floor((100 * bytes) / totalBytes));
  return `${prettyBytes(bytes)} of ${prettyBytes(totalBytes)} (${percent}%)`;
}

/** What a running step does, how far it is, and what it saw last: `waits for 2 workers: 1 of 2 workers registered`. */
export function formatDoing({ doing, bytes, totalBytes, lastSeen }: StepView): string {
  const progress = formatProgress(bytes, totalBytes);
  const first = [doing, progress].filter((text) => text !== '').join(' ');
  return [first, lastSeen].filter((text) => text !== '').join(': ');
}

/** One line of a tool's output without what moves cursors and sets colors; of a line that a tool drew over, what was left of it. */
export function cleanLine(line: string): string {
  const last = stripVTControlCharacters(line).trimEnd().split('\r').at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out; the tab stays
  return last.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
