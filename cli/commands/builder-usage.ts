import { definition as build } from './build.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { CONTRACT_OPTIONS, SOURCE_OPTIONS } from './source-options.ts';

export const definition = {
  name: 'builder usage',
  summary: 'Print what a builder image says of how it is used, as "s2i usage" does',
  examples: [
    { line: 'builder usage registry.example/hibana-python:3.12', what: 'of a builder of hibana: nothing is run' },
    { line: 'builder usage registry.example/some/s2i-builder', what: 'by its script, in a Docker container' },
  ],
  positionals: { image: { summary: 'The image, or oci:DIR[:TAG]', required: true, completes: 'nothing' } },
  options: {
    'scripts-url': {
      ...CONTRACT_OPTIONS['scripts-url'],
      summary: 'Where the script is: image:///PATH, a folder, http(s)://… (default as the builder says)',
    },
    arch: { type: 'value', value: 'ARCH', summary: 'Which of its architectures (default that of this machine)' },
    'ca-file': SOURCE_OPTIONS['ca-file'],
    'registry-auth-file': build.options['registry-auth-file'],
    'insecure-registry': build.options['insecure-registry'],
  },
} as const satisfies CommandDefinition;

export const builderUsage = defineCommand(
  definition,
  async () => (await import('./builder-usage-handler.ts')).usageCommand,
);
