import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { findProcess, type ProcessIdentity } from './process-table.ts';

const RecordSchema = z.object({ pid: z.number(), startTicks: z.number(), role: z.string() });

/** A process of a run, on record before anything depends on it. Each leads a session of its own. */
export type ProcessRecord = Readonly<z.infer<typeof RecordSchema>>;

/** Appends one line; synchronous, so that nothing can come between the start of a process and its record. */
export async function recordProcess(file: string, pid: number, role: string): Promise<ProcessIdentity | undefined> {
  const entry = await findProcess(pid);
  if (!entry) return undefined;
  const record: ProcessRecord = { pid, startTicks: entry.startTicks, role };
  appendFileSync(file, `${JSON.stringify(record)}\n`);
  return record;
}

/** The records of a run; a last line that was cut off by a kill is left out. */
export async function readProcessRecords(file: string): Promise<readonly ProcessRecord[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const parsed = RecordSchema.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
