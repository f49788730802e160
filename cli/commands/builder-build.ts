import { definition as build } from './build.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { APPLICATION_OPTIONS, CONTRACT_OPTIONS, SOURCE_OPTIONS } from './source-options.ts';

export const definition = {
  name: 'builder build',
  summary: "Compose a builder image, or hibana's own, from packages, without a daemon; or extend one",
  examples: [
    {
      line: 'builder build python --image registry.example/hibana-python:3.12',
      what: 'the builder of Python applications',
    },
    {
      line: 'builder build python --arch amd64,arm64 --base registry.example/python:3.12-slim --image …',
      what: 'for two architectures, on a base of your own',
    },
    {
      line: 'builder build python-devel --base registry.example/hibana-python:3.12 --image …',
      what: 'a builder with a compiler, by the Docker daemon',
    },
    { line: 'builder build hibana --image registry.example/hibana:1.0', what: "hibana's own image" },
  ],
  positionals: {
    name: { summary: 'What: python, hibana, or python-devel', required: true, completes: 'nothing' },
  },
  options: {
    image: { ...build.options.image, summary: 'What it is called: registry.example/hibana-python:3.12' },
    tag: build.options.tag,
    push: build.options.push,
    load: build.options.load,
    to: build.options.to,
    base: {
      type: 'value',
      value: 'IMAGE',
      summary:
        'What it is put on: an image, or oci:DIR[:TAG] (default the official image of Python, or one with git); for python-devel the builder',
    },
    arch: build.options.arch,
    spark: { ...APPLICATION_OPTIONS.spark, summary: 'The version of Spark: 4.2, 4.2.1 (default 4.2)' },
    python: { type: 'value', value: 'MINOR', summary: "Which of the base's Pythons: 3.12 (default its python3)" },
    'build-network': {
      ...CONTRACT_OPTIONS['build-network'],
      summary: "For python-devel: the build's network in the daemon (default bridge)",
    },
    'build-timeout': {
      ...CONTRACT_OPTIONS['build-timeout'],
      summary: 'For python-devel: 90s, 30m (default 1h); status 124 after it',
    },
    libc: { type: 'value', value: 'LIBC', summary: 'What the base has, where it does not tell: glibc-2.36' },
    'index-url': APPLICATION_OPTIONS['index-url'],
    'ca-file': SOURCE_OPTIONS['ca-file'],
    'registry-auth-file': build.options['registry-auth-file'],
    'insecure-registry': build.options['insecure-registry'],
  },
} as const satisfies CommandDefinition;

export const builderBuild = defineCommand(
  definition,
  async () => (await import('./builder-build-handler.ts')).buildCommand,
);
