import * as z from 'zod/mini';

const strings = z.record(z.string(), z.string());
const list = z.array(z.string());

const AppSchema = z.object({
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

const LayoutSchema = z.object({
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

const LaunchRequestSchema = z.object({
  version: z.literal(1),
  run: z.string(),
  app: AppSchema,
  layout: LayoutSchema,
  cluster: ClusterChoiceSchema,
  /** One run's own: arguments after the application's, properties over it, and so on. */
  submit: z.object({
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
  }),
  /** What was done before the launcher had the request: it is told as part of the run. */
  prepared: z.object({
    startedAt: z.string(),
    steps: z.array(z.object({ step: z.string(), elapsedMs: z.number(), ok: z.boolean() })),
  }),
  timeouts: z.object({
    /** For the master to answer, and then for the first worker to register. */
    clusterMs: z.number(),
    /** For the whole run; `null` is none. */
    runMs: z.nullable(z.number()),
    /** Between the polite and the hard signal to the driver. */
    stopMs: z.number(),
  }),
});

/** The layout in what an earlier process wrote down; `undefined` when it is not one that this version knows. */
export function parseLayout(value: unknown): z.infer<typeof LayoutSchema> | undefined {
  const parsed = LayoutSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** All that the launcher is told. Round-trips through `HIBANA_LAUNCH` and `request.json`. */
export type LaunchRequest = z.infer<typeof LaunchRequestSchema>;

export function formatLaunchRequest(request: LaunchRequest): string {
  return JSON.stringify(request);
}

/** @throws when the text is not a request of a version this launcher knows */
export function parseLaunchRequest(text: string): LaunchRequest {
  return LaunchRequestSchema.parse(JSON.parse(text));
}
