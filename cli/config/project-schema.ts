import * as z from 'zod';
import { EXTRAS } from './known-values.ts';
import * as values from './schema-values.ts';

const clusterKeys = values.section(
  {
    workers: values.workers.optional().describe('How many workers: 1 to 200; 2 when silent'),
    worker: values
      .section({
        cores: values.cores.optional().describe('Whole cores of one worker; 1 when silent'),
        memory: values.memory.optional().describe('All that one worker may use: 512m, 2g; 1g when silent'),
      })
      .optional()
      .describe('The size of one worker'),
    config: values.text.optional().describe("A cluster configuration that the platform's administrator keeps"),
    attach: values.text
      .optional()
      .describe('Instead of one of its own: a shared cluster by name, spark://host:port, sc://host:port, or local'),
    native: values.flag.optional().describe("Let Spark's own Kubernetes scheduler make the executors"),
  },
  'cluster',
);

const buildKeys = values.section(
  {
    builder: values.text.optional().describe('The builder or builder image; found by the source when silent'),
    env: values.variables.optional().describe('Variables for the build alone'),
    resolveAt: values.resolveAt
      .optional()
      .describe('The day as of which open requirements are resolved: commit, now, or a date'),
    exclude: values.list.optional().describe('Patterns of files, as in .gitignore, that are left out of the image'),
  },
  'build',
);

const healthKeys = values.section(
  {
    path: values.text
      .optional()
      .describe('The path that answers when the service is well; a TCP connection when silent'),
    port: values.port.optional().describe('Another port than the service itself'),
    timeout: values.text.optional().describe('How long a revision may take to become well: 90s, 5m'),
  },
  'health',
);

const scheduleKeys = z
  .union(
    [
      values.text,
      values.section({
        cron: values.text.describe('Five fields, as in crontab'),
        timeZone: values.text.optional().describe('An IANA name: Europe/Prague; UTC when silent'),
        concurrency: values
          .choice(['allow', 'forbid', 'replace'])
          .optional()
          .describe('When the last run still goes on'),
      }),
    ],
    { error: 'five cron fields, or a mapping with "cron"' },
  )
  .meta({ id: 'schedule' });

const notifyKeys = values.section(
  {
    url: values.text.describe('Where the end of a run is posted to'),
    secret: values.text.optional().describe('The name of the secret that signs it'),
    on: z
      .array(values.choice(['succeeded', 'failed']), { error: 'a list' })
      .optional()
      .describe('Which ends; all when silent'),
  },
  'notify',
);

const podTemplateKeys = values.section(
  {
    driver: values.anything.optional().describe("Laid over the driver's pod, as a strategic merge"),
    worker: values.anything.optional().describe("Laid over each worker's pod"),
  },
  'podTemplate',
);

/** What may differ from one of several applications, or one named configuration, to the next. */
const shared = {
  kind: values.choice(['job', 'service']).optional().describe('A job ends, a service stays up; job when silent'),
  main: values.path.optional().describe('The file to run, relative to the source'),
  mainClass: values.text.optional().describe('The class to run, where main is a jar'),
  args: values.list.optional().describe('Arguments that come before those of one run'),
  spark: values.text.optional().describe('The version of Spark: 4.2, 4.2.1; the requirements choose when silent'),
  python: values.text.optional().describe('The version of Python: 3.12'),
  packages: values.list.optional().describe('Maven coordinates: group:artifact:version'),
  repositories: values.list.optional().describe('Further Maven repositories'),
  extras: z
    .array(values.choice(EXTRAS), { error: 'a list' })
    .optional()
    .describe('What a job needs besides: s3 reads and writes s3a:// paths'),
  jars: values.list.optional().describe('Jars of the source, or URLs'),
  files: values.list.optional().describe("Files for each executor's working directory"),
  pyFiles: values.list.optional().describe('Python files and archives for every process'),
  conf: values.map.optional().describe('Spark properties'),
  cluster: clusterKeys.optional().describe('The cluster that a run gets'),
  env: values.variables.optional().describe('Variables for the driver'),
  executorEnv: values.variables.optional().describe("Variables for the executors; Spark's own page shows them"),
  secrets: values.variables.optional().describe('Name → file. References only: a value never stands here'),
  port: values.port.optional().describe('The port a service listens on'),
  health: healthKeys.optional().describe('How a service is asked whether it is well'),
  schedule: scheduleKeys.optional().describe('When a job is started by itself'),
  onRedeploy: values
    .choice(['wait', 'replace', 'parallel'])
    .optional()
    .describe('When a run goes on as a revision comes'),
  notify: z.array(notifyKeys, { error: 'a list' }).optional().describe('Who is told of the end of a run'),
  podTemplate: podTemplateKeys.optional().describe('What flags cannot say about pods'),
  serviceAccountName: values.text.optional().describe("The driver's service account"),
  build: buildKeys.optional().describe('How the image is built'),
  services: values.anything.optional().describe('What runs beside the application'),
  policy: values.anything.optional().describe('Limits that a deployment is held to'),
};

const configs = z.record(values.name, values.section(shared, 'configuration'), {
  error: 'a mapping of names to configurations',
});

const AppSchema = values.section({
  name: values.name.describe("The application's name, for --app and for every platform"),
  contextDir: values.path.optional().describe("The application's folder, relative to the source"),
  ...shared,
  configs: configs.optional().describe('Configurations of this application, over those of the file'),
});

const version = z.literal(1, { error: '1, the version of this format' }).describe('The version of this format: 1');

/** hibana.yaml in a source, version 1. */
export const ProjectSchema = values.section({
  version,
  name: values.name.optional().describe("The application's name; from the source when silent"),
  ...shared,
  configs: configs.optional().describe('Named configurations, chosen by --config NAME, each laid over the rest'),
  apps: z
    .array(AppSchema, { error: 'a list' })
    .min(1, 'at least one application')
    .optional()
    .describe('Several applications in one repository, chosen by --app NAME; each over the keys above'),
});

/** The user's own hibana.yaml: what makes sense for every application. */
export const UserSchema = values.section({
  version,
  ...pickUserKeys(),
});

export type ProjectFile = DeepReadonly<z.output<typeof ProjectSchema>>;
export type UserFile = DeepReadonly<z.output<typeof UserSchema>>;
export type ProjectApp = DeepReadonly<z.output<typeof AppSchema>>;
/** The keys that the file itself, an application and a named configuration have in common. */
export type ProjectKeys = Omit<ProjectApp, 'name' | 'contextDir' | 'configs'>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

function pickUserKeys() {
  const { spark, python, packages, repositories, jars, conf, cluster, env, executorEnv, secrets, build, notify } =
    shared;
  return { spark, python, packages, repositories, jars, conf, cluster, env, executorEnv, secrets, build, notify };
}
