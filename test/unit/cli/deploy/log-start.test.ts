import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLogStream } from '../../../../cli/deploy/log-files.ts';
import { logStart, timeOf } from '../../../../cli/deploy/log-start.ts';
import { createLogMarks } from '../../../../runtime/platform/local/log-marks.ts';

async function makeFile(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-log-'));
  const path = join(folder, 'log');
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

describe('logStart()', () => {
  it.each([
    { lines: 2, wanted: 'b\nc\n', text: 'a\nb\nc\n' },
    { lines: 2, wanted: 'b\nc', text: 'a\nb\nc' },
    { lines: 9, wanted: 'a\nb\n', text: 'a\nb\n' },
    { lines: 0, wanted: '', text: 'a\nb\n' },
    { lines: 1, wanted: '\n', text: 'a\n\n' },
    { lines: 1, wanted: '', text: '' },
    { lines: null, wanted: 'a\n', text: 'a\n' },
  ])('finds the last $lines lines of $text', async ({ lines, wanted, text }) => {
    await using file = await makeFile(text);
    const start = await logStart(file.path, { lines, sinceMs: null });
    expect(text.slice(start)).toBe(wanted);
  });

  it('finds the last lines of what is larger than one look', async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('');
    await using file = await makeFile(text);
    const start = await logStart(file.path, { lines: 15_000, sinceMs: null });
    expect(text.slice(start)).toMatch(/^line 5000\n/);
  });

  it('finds by the times in its lines what is new enough', async () => {
    const text = '{"time":"2026-11-22T03:00:00.000Z"}\nno time\n{"time":"2026-11-22T03:10:00.000Z"}\nmore\n';
    await using file = await makeFile(text);
    const since = (time: string) => logStart(file.path, { lines: null, sinceMs: Date.parse(time) });
    expect(await since('2026-11-22T02:00:00Z')).toBe(0);
    expect(text.slice(await since('2026-11-22T03:05:00Z'))).toMatch(/^\{"time":"2026-11-22T03:10.*\nmore\n$/);
    expect(await since('2026-11-22T04:00:00Z')).toBe(text.length);
  });

  it('finds by the marks beside a log that has no times what is new enough', async () => {
    await using file = await makeFile('');
    let now = 1_000_000;
    const marks = createLogMarks(file.path, 0, () => now);
    const write = async (text: string) => {
      marks.before(text.length);
      await writeFile(file.path, (await readFile(file.path, 'utf8')) + text);
    };
    await write('old\n');
    now += 1_000;
    await write('as old\n');
    now += 60_000;
    await write('new\n');
    const since = (sinceMs: number) => logStart(file.path, { lines: null, sinceMs });
    expect(await since(1_000_000)).toBe(0);
    expect(await since(1_030_000)).toBe('old\nas old\n'.length);
    expect(await since(2_000_000)).toBe('old\nas old\nnew\n'.length);
  });

  it('begins at 0 where there is no file yet', async () => {
    expect(await logStart('/nowhere/log', { lines: 3, sinceMs: 5 })).toBe(0);
  });

  it('timeOf() reads what Spark begins its lines with, in the time of this machine', () => {
    expect(timeOf('26/11/22 03:15:18 INFO Master: hello')).toBe(new Date(2026, 10, 22, 3, 15, 18).getTime());
    expect(timeOf('Pi is roughly 3.14')).toBeUndefined();
  });
});

describe('parseLogStream()', () => {
  it.each([
    ['driver', { kind: 'driver' }],
    ['worker-1', { kind: 'worker', number: 1 }],
    ['executor 0', { kind: 'executor', number: 0 }],
  ])('reads %s', (text, stream) => expect(parseLogStream(text)).toEqual(stream));

  it.each(['worker', 'executor-x', '../driver', ''])('refuses "%s"', (text) => {
    expect(() => parseLogStream(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
