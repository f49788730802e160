import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { exists } from '../../packages/exists.ts';

const RecordSchema = z.object({
  schema: z.literal('hibana.dependencies/v1'),
  /** The time as of which the set was resolved, ISO 8601; `null`: the source has locked it. */
  asOf: z.nullable(z.string()),
  /** Whether it was then the newest that there was. */
  isNow: z.boolean(),
  /** Which time that is, for people: `as of the commit: 2019-06-03`, `locked in uv.lock`. */
  when: z.string(),
  /** Why not the time asked for; `null` when it is that. */
  why: z.nullable(z.string()),
  /** Times that did not do, and why not. */
  tried: z.array(z.object({ asOf: z.string(), problem: z.string() })),
  /** The set, with hashes, in the format of requirements.txt. */
  lock: z.string(),
  /** The options of uv with which it is installed. */
  options: z.array(z.string()),
  /** Where the installed tree is, below the cache. */
  tree: z.string(),
});

/** What was once found for a commit and its requirements: the next run takes the same. */
export type DependencyRecord = Readonly<z.infer<typeof RecordSchema>>;

export const RECORD_FILE = 'record.json';

export function formatRecord(record: DependencyRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** The record in the folder; `undefined` when there is none that this version can read. */
export async function readRecord(folder: string): Promise<DependencyRecord | undefined> {
  if (!(await exists(folder))) return undefined;
  try {
    return RecordSchema.parse(JSON.parse(await readFile(join(folder, RECORD_FILE), 'utf8')));
  } catch {
    return undefined;
  }
}
