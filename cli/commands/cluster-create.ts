import { PLATFORM_OPTION } from '../docker/platform-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { APPLICATION_OPTIONS, REGISTRY_OPTIONS, RUN_OPTIONS, SOURCE_OPTIONS } from './source-options.ts';

export const definition = {
  name: 'cluster create',
  summary: 'Create a shared cluster, which outlives every run until it is deleted',
  examples: [
    { line: 'cluster create team', what: '2 workers with 1 core and 1g each' },
    { line: 'cluster create big --workers 4 --worker-cores 2 --worker-memory 4g --spark 4.2', what: 'of this size' },
  ],
  positionals: {
    name: {
      summary: 'Its name: lower-case letters, digits and dashes',
      required: true,
      completes: 'nothing',
    },
  },
  options: {
    workers: { ...APPLICATION_OPTIONS.workers, summary: 'How many workers it has (default 2)' },
    'worker-cores': APPLICATION_OPTIONS['worker-cores'],
    'worker-memory': APPLICATION_OPTIONS['worker-memory'],
    spark: { ...APPLICATION_OPTIONS.spark, summary: 'The version of Spark: 4.2, 4.2.1 (default 4.2)' },
    python: APPLICATION_OPTIONS.python,
    java: APPLICATION_OPTIONS.java,
    conf: { ...APPLICATION_OPTIONS.conf, summary: 'A Spark property of the master and the workers' },
    'index-url': APPLICATION_OPTIONS['index-url'],
    'ca-file': SOURCE_OPTIONS['ca-file'],
    'cluster-timeout': RUN_OPTIONS['cluster-timeout'],
    ...PLATFORM_OPTION,
    image: {
      type: 'value',
      value: 'IMAGE',
      summary: 'In Docker: what its members are made of, an application or a builder: registry.example/team/app:v1',
    },
    ...REGISTRY_OPTIONS,
  },
} as const satisfies CommandDefinition;

export const clusterCreate = defineCommand(
  definition,
  async () => (await import('./cluster-create-handler.ts')).createCommand,
);
