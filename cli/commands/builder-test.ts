import { definition as build } from './build.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { SOURCE_OPTIONS } from './source-options.ts';

export const definition = {
  name: 'builder test',
  summary: 'Check that an image is a builder: its labels, what is in its layers, a job in it',
  examples: [
    { line: 'builder test registry.example/hibana-python:3.12', what: 'each check with what to do about it' },
    { line: 'builder test registry.example/hibana-python:3.12 --run', what: 'and run a job in it' },
    { line: 'builder test oci:out -o json', what: 'as data; the status is 9 when a check failed' },
  ],
  positionals: { image: { summary: 'The image, or oci:DIR[:TAG]', required: true, completes: 'nothing' } },
  options: {
    run: { type: 'flag', summary: 'Run a job in it too, in the Docker daemon' },
    arch: { type: 'value', value: 'ARCH', summary: 'Which of its architectures (default that of this machine)' },
    'ca-file': SOURCE_OPTIONS['ca-file'],
    'registry-auth-file': build.options['registry-auth-file'],
    'insecure-registry': build.options['insecure-registry'],
  },
} as const satisfies CommandDefinition;

export const builderTest = defineCommand(
  definition,
  async () => (await import('./builder-test-handler.ts')).testCommand,
);
