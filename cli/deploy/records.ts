import * as z from 'zod/mini';
import { ToolError } from '../../runtime/core/errors.ts';
import { AppSchema, LayoutSchema, NotifySchema, SubmitSchema, TimeoutsSchema } from '../../runtime/core/launch-env.ts';
import { ReasonSchema, StepTimeSchema } from '../../runtime/core/lease-directory.ts';

const text = z.nullable(z.string());
const ResourcesSchema = z.object({ millicores: z.number(), memoryBytes: z.number() });

const TargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('named'), name: z.string() }),
  z.object({ kind: z.literal('attach'), name: z.string() }),
  z.object({ kind: z.literal('url'), master: z.string() }),
  z.object({ kind: z.literal('connect'), remote: z.string() }),
  z.object({ kind: z.literal('local'), master: z.string() }),
]);

const ClusterSchema = z.object({
  target: z.nullable(TargetSchema),
  ui: text,
  secretFile: text,
  workers: z.number(),
  worker: ResourcesSchema,
});

/** An image as a Docker daemon has it, and what is known of its inside: nobody has to look into it to start a run. */
const DaemonImageSchema = z.object({
  id: z.string(),
  /** What is in it: the same for images of two commits with the same files; the id, where nobody else can know. */
  key: z.string(),
  user: z.object({ uid: z.number(), gid: z.number() }),
  layout: LayoutSchema,
  python: z.string(),
  sparkConf: z.object({
    folder: z.nullable(z.string()),
    defaults: z.record(z.string(), z.string()),
    hasLog4j: z.boolean(),
  }),
});

/** What a revision runs from. */
const ArtifactSchema = z.discriminatedUnion('kind', [
  /** A copy of the application's folder, named for its content, and where on this machine everything else is. */
  z.object({ kind: z.literal('tree'), key: z.string(), layout: LayoutSchema }),
  /** An image by the name that it was given: `registry.example/team/app@sha256:…`, or that in the daemon. */
  z.object({ kind: z.literal('image'), image: z.string(), daemon: z.optional(DaemonImageSchema) }),
]);

/** How it runs in Docker. */
const DockerSchema = z.object({
  /** The daemon's, on this machine. */
  socket: z.string(),
  /** The address of this machine at which its ports are. */
  bind: z.string(),
  /** One that somebody named; `null`: that of its cluster. */
  network: text,
  /** hibana's own image: as somebody named it (`null`: the one of whichever version starts a run), and what that was. */
  launcher: z.object({ named: text, id: z.string() }),
});

const RevisionSchema = z.object({
  schema: z.literal('hibana.revision/v1'),
  application: z.string(),
  /** Counted from 1. */
  revision: z.number(),
  platform: z.enum(['local', 'docker', 'kubernetes']),
  kind: z.enum(['job', 'service']),
  createdAt: z.string(),
  /** `rolling-out`: somebody is at it, or was killed at it. The newest that is `live` is the one that counts. */
  status: z.enum(['rolling-out', 'live', 'failed']),
  /** Why it failed. */
  reason: z.nullable(ReasonSchema),
  trigger: z.object({
    kind: z.enum(['deploy', 'redeploy', 'rollback']),
    /** Which one was taken up again; `null` but for a rollback. */
    revision: z.nullable(z.number()),
  }),
  /** Where it came from, without credentials. */
  source: z.object({ text: z.string(), description: z.string(), commit: text }),
  artifact: ArtifactSchema,
  /** Only where it runs there. */
  docker: z.optional(DockerSchema),
  /** What is launched: the request of a run, without what only the run knows. */
  launch: z.object({
    app: AppSchema,
    submit: SubmitSchema,
    timeouts: TimeoutsSchema,
    cluster: ClusterSchema,
    extras: z.array(z.string()),
    sparkDefaults: z.record(z.string(), z.string()),
    notify: z.array(NotifySchema),
  }),
  /** How a service is asked whether it is well: an HTTP path, or a connection where there is none. */
  health: z.object({ path: text, port: z.nullable(z.number()), timeoutMs: z.number() }),
  onRedeploy: z.enum(['wait', 'replace', 'parallel']),
  /** What was asked for, so that it can be asked for again: the command's own words. */
  request: z.object({
    options: z.record(z.string(), z.unknown()),
    args: z.array(z.string()),
    cwd: z.string(),
  }),
});

const RunSchema = z.object({
  schema: z.literal('hibana.run/v1'),
  application: z.string(),
  run: z.string(),
  revision: z.number(),
  trigger: z.enum(['deploy', 'start', 'redeploy', 'rollback', 'restore']),
  /** The application's, for this run. */
  args: z.array(z.string()),
  startedAt: z.string(),
  /** `running` from before it is started until somebody has seen its end. */
  status: z.enum(['running', 'succeeded', 'failed', 'interrupted', 'timed-out', 'not-started', 'lost']),
  finishedAt: text,
  /** What a command that waits for it ends with. */
  exitCode: z.nullable(z.number()),
  /** The job's own; `null` when it never ran or did not end by itself. */
  jobStatus: z.nullable(z.number()),
  reason: z.nullable(ReasonSchema),
  steps: z.array(StepTimeSchema),
  /** What its cluster had reserved, from the launch to the end; `null` where it had none of its own. */
  coreSeconds: z.nullable(z.number()),
  gibSeconds: z.nullable(z.number()),
  /** Where its logs are. */
  logs: z.string(),
});

/** What is run: made once, started many times. */
export type Revision = Readonly<z.infer<typeof RevisionSchema>>;
/** What a revision runs from, as far as it is in a Docker daemon. */
export type DaemonArtifact = Readonly<z.infer<typeof DaemonImageSchema>>;
export type InDocker = Readonly<z.infer<typeof DockerSchema>>;
/** When it was run, and what became of it. */
export type Run = Readonly<z.infer<typeof RunSchema>>;
export type DeploymentRecord = Revision | Run;

export function isRun(record: DeploymentRecord): record is Run {
  return record.schema === 'hibana.run/v1';
}

export function formatRecord(record: DeploymentRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** @throws {ToolError} RECORD_UNREADABLE; `place` is where the text was found */
export function parseRevision(content: string, place: string): Revision {
  return parse(RevisionSchema, content, place, 'hibana.revision/v1');
}

/** @throws {ToolError} RECORD_UNREADABLE */
export function parseRun(content: string, place: string): Run {
  return parse(RunSchema, content, place, 'hibana.run/v1');
}

function parse<S extends z.ZodMiniType>(schema: S, content: string, place: string, known: string): z.infer<S> {
  const value = parseJson(content);
  const found = (value as { readonly schema?: unknown } | null | undefined)?.schema;
  if (typeof found === 'string' && found !== known) {
    throw new ToolError(
      'RECORD_UNREADABLE',
      `Cannot read "${place}": it is a ${found}, and this hibana knows ${known}`,
      {
        hint: 'Use the hibana that has written it, or a newer one',
        details: { place, schema: found, known },
      },
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ToolError('RECORD_UNREADABLE', `Cannot read "${place}": it is not a whole ${known}`, {
    cause: parsed.error,
    details: { place },
  });
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
