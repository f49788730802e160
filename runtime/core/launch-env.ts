import * as z from 'zod/mini';

const strings = z.record(z.string(), z.string());
const list = z.array(z.string());

export const AppSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  kind: z.enum(['job', 'service']),
  language: z.enum(['python', 'jvm']),
  entry: z.string(),
  mainClass: z.nullable(z.string()),
  spark: z.string(),
  args: list,
  conf: strings,
  packages: list,
  jars: list,
  env: strings,
  port: z.nullable(z.number()),
});

export const LayoutSchema = z.object({
  spark: z.string(),
  classPath: z.string(),
  archive: z.nullable(z.string()),
  java: z.string(),
  javaRelease: z.number(),
  javaHasVectorModule: z.boolean(),
  python: z.nullable(z.string()),
  pythonPath: list,
  jars: list,
  pythonJars: list,
  classPathJars: list,
  trustStore: z.nullable(z.string()),
  app: z.string(),
});

const ClusterSpecSchema = z.object({
  name: z.string(),
  workers: z.number(),
  worker: z.object({ millicores: z.number(), memoryBytes: z.number() }),
  owner: z.nullable(z.object({ run: z.string(), directory: z.string() })),
  lease: z.nullable(z.object({ seconds: z.number() })),
  conf: strings,
});

const ShareSchema = z.object({
  executors: z.number(),
  executor: z.object({ millicores: z.number(), memoryBytes: z.number() }),
});

const ClusterChoiceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ephemeral'), spec: ClusterSpecSchema }),
  z.object({ kind: z.literal('attach'), name: z.string(), share: ShareSchema }),
  z.object({
    kind: z.literal('url'),
    master: z.string(),
    webUi: z.nullable(z.string()),
    secretFile: z.nullable(z.string()),
    share: ShareSchema,
    pythonPath: list,
    python: z.nullable(z.string()),
  }),
  z.object({ kind: z.literal('connect'), remote: z.string() }),
  z.object({ kind: z.literal('local'), master: z.string() }),
]);

/** One run's own: arguments after the application's, properties over it, and so on. */
export const SubmitSchema = z.object({
  args: list,
  conf: strings,
  packages: list,
  repositories: list,
  excludePackages: list,
  jars: list,
  pyFiles: list,
  files: list,
  archives: list,
  env: strings,
  executorEnv: strings,
  /** Name → file. The driver finds a copy only it may read at the path in `<NAME>_FILE`. */
  secrets: strings,
});

export const TimeoutsSchema = z.object({
  /** For the master to answer, and then for the first worker to register. */
  clusterMs: z.number(),
  /** For the whole run; `null` is none. */
  runMs: z.nullable(z.number()),
  /** Between the polite and the hard signal to the driver. */
  stopMs: z.number(),
});

/** Who is told of the end of a run. */
export const NotifySchema = z.object({
  url: z.string(),
  /** What signs it; `null`: nothing does. */
  secretFile: z.nullable(z.string()),
  on: z.array(z.enum(['succeeded', 'failed'])),
});

const LaunchRequestSchema = z.object({
  version: z.literal(1),
  run: z.string(),
  app: AppSchema,
  layout: LayoutSchema,
  cluster: ClusterChoiceSchema,
  submit: SubmitSchema,
  /** What was done before the launcher had the request: it is told as part of the run. */
  prepared: z.object({
    startedAt: z.string(),
    steps: z.array(z.object({ step: z.string(), elapsedMs: z.number(), ok: z.boolean() })),
  }),
  timeouts: TimeoutsSchema,
  /** Default nobody. */
  notify: z.optional(z.array(NotifySchema)),
});

/** The id of a run is the name of a folder. */
const RUN_ID = /^[a-z][a-z0-9-]{0,80}$/;

const LaunchPartsSchema = z.object({
  version: z.literal(1),
  run: z.optional(z.string().check(z.regex(RUN_ID))),
  app: z.optional(z.partial(AppSchema)),
  layout: z.optional(z.partial(LayoutSchema)),
  cluster: z.optional(ClusterChoiceSchema),
  submit: z.optional(z.partial(SubmitSchema)),
  prepared: z.optional(LaunchRequestSchema.shape.prepared),
  timeouts: z.optional(z.partial(TimeoutsSchema)),
});

/** The layout in what an earlier process wrote down; `undefined` when it is not one that this version knows. */
export function parseLayout(value: unknown): z.infer<typeof LayoutSchema> | undefined {
  const parsed = LayoutSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** The text of an image's `hibana.json`.
 *  @throws when it is not a descriptor of a version this launcher knows */
export function parseAppDescriptor(text: string): z.infer<typeof AppSchema> {
  return AppSchema.parse(JSON.parse(text));
}

/** What a launcher that knows its image is told beside it: any part of a LaunchRequest, and a whole one too. */
export type LaunchParts = z.infer<typeof LaunchPartsSchema>;

/** Parts that a later version may know are left out.
 *  @throws when the text is not JSON, or is of another version */
export function parseLaunchParts(text: string): LaunchParts {
  return LaunchPartsSchema.parse(JSON.parse(text));
}

export type Notify = Readonly<z.infer<typeof NotifySchema>>;

/** All that the launcher is told. Round-trips through `HIBANA_LAUNCH` and `request.json`. */
export type LaunchRequest = z.infer<typeof LaunchRequestSchema>;

export function formatLaunchRequest(request: LaunchRequest): string {
  return JSON.stringify(request);
}

/** @throws when the text is not a request of a version this launcher knows */
export function parseLaunchRequest(text: string): LaunchRequest {
  return LaunchRequestSchema.parse(JSON.parse(text));
}
