import * as z from 'zod/mini';

/** The launcher's first line to its caller: the lease directory is there, and guarded. Its events follow. */
export const READY = 'ready';

/** What its caller writes when the request is there: `launch` and stay, for the end of the connection then ends the run; or `detach`, and the
 *  run goes on without the caller. */
export const LeashWord = { launch: 'launch', detach: 'detach' } as const;

/** The files of a lease directory: all that CLI, launcher, driver and platform say to each other about one run. */
export const LeaseFile = {
  /** LaunchRequest; written by who starts the run, renamed into place. */
  request: 'request.json',
  /** Every process that ends with the run: one JSON line each, before anything depends on it. */
  processes: 'processes.ndjson',
  /** The launcher, or what works without one, and the guards, which end by themselves: while one of them lives, the run is theirs to clean up. */
  keepers: 'keepers.ndjson',
  events: 'events.ndjson',
  /** Outcome; written last. No outcome and no living launcher reads as LOST. */
  outcome: 'outcome.json',
  logs: 'logs',
  eventLog: 'eventlog',
  /** Deleted at the end: checkout, temporary files, copies of secrets. */
  scratch: 'scratch',
} as const;

export const StepTimeSchema = z.object({ step: z.string(), elapsedMs: z.number(), ok: z.boolean() });
export const ReasonSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });

const OutcomeSchema = z.object({
  schema: z.literal('hibana.outcome/v1'),
  run: z.string(),
  kind: z.enum(['succeeded', 'failed', 'interrupted', 'timed-out', 'not-started', 'lost']),
  /** What the command that waits ends with. */
  exitCode: z.number(),
  /** The job's own status; `null` when it never ran or did not end by itself. */
  jobStatus: z.nullable(z.number()),
  reason: z.nullable(ReasonSchema),
  startedAt: z.string(),
  finishedAt: z.string(),
  steps: z.array(StepTimeSchema),
  cluster: z.nullable(z.string()),
  /** Where the logs are; `''` where they are those of pods. */
  logs: z.string(),
  /** What could not be deleted, and how to delete it by hand; empty in all good cases. */
  leftovers: z.array(z.string()),
});

export type Outcome = Readonly<z.infer<typeof OutcomeSchema>>;

export function formatOutcome(outcome: Outcome): string {
  return `${JSON.stringify(outcome, null, 2)}\n`;
}

/** @throws when the text is not an outcome of a version this one knows */
export function parseOutcome(text: string): Outcome {
  return OutcomeSchema.parse(JSON.parse(text));
}
