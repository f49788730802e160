import { definition as build } from './build.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { SOURCE_OPTIONS } from './source-options.ts';

export const definition = {
  name: 'builder list',
  summary: 'List what can be composed, or say what a builder image has',
  examples: [
    { line: 'builder list', what: 'the builders that this version knows, and what runs on what' },
    { line: 'builder list --image registry.example/hibana-python:3.12', what: 'what an image says of itself' },
  ],
  positionals: {},
  options: {
    image: { type: 'value', value: 'IMAGE', summary: 'A builder image, or oci:DIR[:TAG]' },
    arch: { type: 'value', value: 'ARCH', summary: 'Which of its architectures (default that of this machine)' },
    'ca-file': SOURCE_OPTIONS['ca-file'],
    'registry-auth-file': build.options['registry-auth-file'],
    'insecure-registry': build.options['insecure-registry'],
  },
} as const satisfies CommandDefinition;

export const builderList = defineCommand(
  definition,
  async () => (await import('./builder-list-handler.ts')).listCommand,
);
