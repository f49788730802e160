import * as z from 'zod/mini';
import { fetchText } from './fetch-text.ts';

const number = z._default(z.number(), 0);
const ApplicationSchema = z.object({
  id: z.string(),
  name: z.string(),
  user: z._default(z.string(), ''),
  cores: number,
  state: z._default(z.string(), ''),
});
const WorkerSchema = z.object({
  host: z.string(),
  port: z.number(),
  webuiaddress: z._default(z.string(), ''),
  state: z.string(),
  cores: number,
  coresfree: number,
  memory: number,
  memoryfree: number,
});

const PageSchema = z.object({
  url: z.string(),
  status: z.string(),
  aliveworkers: z.number(),
  workers: z.array(WorkerSchema),
  activeapps: z.array(ApplicationSchema),
  completedapps: z.array(z.object({ id: z.string(), name: z.string() })),
});

export interface MasterPage {
  readonly master: string;
  /** Registrations are dropped without a word until this is `ALIVE`. */
  readonly status: string;
  readonly aliveWorkers: number;
  /** Applications that have registered so far, running or done. */
  readonly applications: number;
  /** Those that have not ended, whether they have cores or wait for some. */
  readonly running: readonly RunningApplication[];
  /** The alive ones. */
  readonly workers: readonly WorkerRoom[];
}

export type RunningApplication = Readonly<z.infer<typeof ApplicationSchema>>;

/** What a worker has and what of it nobody uses. Memory in MiB, as its executors' heaps are counted. */
export interface WorkerRoom {
  readonly cores: number;
  readonly coresFree: number;
  readonly memory: number;
  readonly memoryFree: number;
  /** Its own page. */
  readonly webUi: string;
}

/** Reads the status page of a standalone master; `undefined` while it does not answer with one.
 *  Source: Spark's JsonProtocol. The slash at the end matters: without it 4.x answers with a redirect. */
export async function readMasterPage(webUi: string, signal: AbortSignal): Promise<MasterPage | undefined> {
  const text = await fetchText(`${webUi}/json/`, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (text === undefined) return undefined;
  return parseMasterPage(text);
}

/** The version that the page shows to people; `undefined` where there is none. Neither `/json/` nor a header has it.
 *  Source: by trial with 4.2 and 4.3. */
export async function readMasterVersion(webUi: string, signal: AbortSignal): Promise<string | undefined> {
  const text = await fetchText(`${webUi}/`, signal).catch(() => '');
  signal.throwIfAborted();
  return /class="version[^"]*">\s*([^<\s]+)\s*</.exec(text)?.[1];
}

export function parseMasterPage(text: string): MasterPage | undefined {
  try {
    const page = PageSchema.parse(JSON.parse(text));
    const applications = page.activeapps.length + page.completedapps.length;
    const { url: master, status, aliveworkers: aliveWorkers, activeapps: running } = page;
    return { master, status, aliveWorkers, applications, running, workers: page.workers.flatMap(roomOf) };
  } catch {
    // Somebody else's page, or half of ours while the master starts: not an answer yet.
    return undefined;
  }
}

function roomOf(worker: z.infer<typeof WorkerSchema>): readonly WorkerRoom[] {
  const { state, cores, coresfree: coresFree, memory, memoryfree: memoryFree, webuiaddress: webUi } = worker;
  return state === 'ALIVE' ? [{ cores, coresFree, memory, memoryFree, webUi }] : [];
}
