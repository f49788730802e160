import { open } from 'node:fs/promises';
import { olderLog } from '../../runtime/platform/rotating-log.ts';

const MAXIMUM_BYTES = 64 * 1_024;

/** The last lines of a log, without reading all of it; none when there is no such file. */
export async function lastLines(path: string, count: number): Promise<readonly string[]> {
  const lines = await linesOf(path, count);
  if (lines.length === count) return lines;
  // It may have been begun a moment ago.
  return [...(await linesOf(olderLog(path), count)), ...lines].slice(-count);
}

async function linesOf(path: string, count: number): Promise<readonly string[]> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const length = Math.min(size, MAXIMUM_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString('utf8').trimEnd().split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } catch {
    return [];
  }
}
