import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { MARK_MS } from '../../runtime/platform/local/log-marks.ts';

/** How much of what is there already is wanted. */
export interface LogWindow {
  /** The last lines; `null`: all. */
  readonly lines: number | null;
  /** What was written at this time or later, in milliseconds since the epoch; `null`: whenever. */
  readonly sinceMs: number | null;
}

const CHUNK_BYTES = 64 * 1_024;
const LINE_FEED = 0x0a;

/** Where in a file that what is wanted begins; 0 where there is no file. `next` is a file that goes on where this one ends: its lines come later. */
export async function logStart(
  path: string,
  { lines, sinceMs }: LogWindow,
  next: string | null = null,
): Promise<number> {
  const byTime = sinceMs === null ? 0 : await startSince(path, sinceMs);
  if (lines === null) return byTime;
  const own = next === null ? lines : lines - (await countLines(next, lines));
  return Math.max(byTime, await startOfLast(path, own));
}

/** How many lines a file has, up to a maximum. */
async function countLines(path: string, maximum: number): Promise<number> {
  let count = 0;
  const stream = createReadStream(path).on('error', () => {});
  for await (const _line of createInterface({ input: stream })) {
    count += 1;
    if (count === maximum) break;
  }
  stream.destroy();
  return count;
}

/** Reads from the end, as far as it must. */
async function startOfLast(path: string, lines: number): Promise<number> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return 0;
  try {
    const { size } = await file.stat();
    let found = 0;
    for (let end = size; end > 0; end -= CHUNK_BYTES) {
      const start = Math.max(0, end - CHUNK_BYTES);
      const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      for (let at = buffer.length - 1; at >= 0; at -= 1) {
        // The feed at the very end ends the last line and begins none.
        if (buffer[at] !== LINE_FEED || start + at === size - 1) continue;
        found += 1;
        if (found === lines) return start + at + 1;
      }
    }
    return lines === 0 ? size : 0;
  } finally {
    await file.close();
  }
}

/** The first line that has a time which is not before `sinceMs`; the end of the file where none has. */
async function startSince(path: string, sinceMs: number): Promise<number> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return 0;
  const { size } = await file.stat();
  await file.close();
  const marks = await readMarks(`${path}.times`);
  // A little more is better than a little less.
  if (marks.length > 0) return marks.find(({ atMs }) => atMs + MARK_MS > sinceMs)?.offset ?? size;
  let offset = 0;
  for await (const line of createInterface({ input: createReadStream(path, { end: Math.max(0, size - 1) }) })) {
    const atMs = timeOf(line);
    if (atMs !== undefined && atMs >= sinceMs) return offset;
    offset += Buffer.byteLength(line) + 1;
  }
  return size;
}

interface Mark {
  readonly atMs: number;
  readonly offset: number;
}

async function readMarks(path: string): Promise<readonly Mark[]> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return [];
  try {
    const text = await file.readFile('utf8');
    return text.split('\n').flatMap((line) => {
      const [, atMs, offset] = /^(\d+) (\d+)$/.exec(line) ?? [];
      return atMs === undefined ? [] : [{ atMs: Number(atMs), offset: Number(offset) }];
    });
  } finally {
    await file.close();
  }
}

const EVENT = /"time":"(\d{4}-\d{2}-\d{2}T[\d:.]+Z)"/;
/** As Spark begins its lines: `26/11/22 03:15:18 INFO`, in the time zone of this machine. */
const SPARK = /^(\d{2})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2}) /;

/** When a line was written, where it says so. */
export function timeOf(line: string): number | undefined {
  const event = EVENT.exec(line)?.[1];
  if (event !== undefined) return Date.parse(event);
  const match = SPARK.exec(line);
  if (match === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return new Date(2000 + year, month - 1, day, hour, minute, second).getTime();
}
