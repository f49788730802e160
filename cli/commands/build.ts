import { type CommandDefinition, defineCommand } from './command.ts';
import {
  BUILD_SETTINGS,
  CONTRACT_OPTIONS,
  IMAGE_APPLICATION_OPTIONS,
  REGISTRY_OPTIONS,
  SOURCE_OPTIONS,
  SOURCE_POSITIONAL,
} from './source-options.ts';

export const definition = {
  name: 'build',
  summary: 'Make an image of an application and push it, without a daemon; print its name by digest',
  examples: [
    {
      line: 'build https://host/team/app.git#v1 --image registry.example/team/app:v1',
      what: 'build what is in git, and push it',
    },
    { line: 'build . --to oci:out', what: 'write the image to a folder instead' },
    { line: 'build . --image registry.example/team/app --arch amd64,arm64', what: 'for several kinds of machines' },
    {
      line: 'build . --image … --builder registry.example/some/s2i-builder --build-in docker',
      what: "by a builder's own scripts, in a container",
    },
  ],
  positionals: SOURCE_POSITIONAL,
  options: {
    image: { type: 'value', value: 'IMAGE', summary: 'The name of the image: registry.example/team/app:v1' },
    tag: { type: 'list', value: 'TAG', summary: 'A further tag in the same repository' },
    push: { type: 'flag', summary: 'Push it to its registry (the default)' },
    load: { type: 'flag', summary: 'Give it to the Docker daemon instead' },
    to: {
      type: 'value',
      value: 'oci:DIR[:TAG]',
      summary: 'Write it to a folder instead, as an OCI layout (--output oci:DIR means the same)',
      also: { option: 'output', prefix: 'oci:' },
    },
    ...BUILD_SETTINGS,
    arch: {
      type: 'list',
      value: 'ARCH',
      summary: "The machines it is for: amd64, arm64; several with commas (default this machine's)",
    },
    label: { type: 'list', value: 'NAME=VALUE', summary: 'A label of the image' },
    force: { type: 'flag', summary: 'Build it although nothing has changed' },
    'dry-run': { type: 'flag', summary: 'Say what would be made and pushed, and write it nowhere' },
    'no-sbom': { type: 'flag', summary: 'Attach no list of what the image consists of' },
    'base-mirror': {
      type: 'value',
      value: 'REPOSITORY',
      summary: 'A repository that has a copy of the builder: registry.example/mirror/hibana-python',
    },
    ...REGISTRY_OPTIONS,
    ...CONTRACT_OPTIONS,
    ...IMAGE_APPLICATION_OPTIONS,
    ...SOURCE_OPTIONS,
  },
  rest: "the application's arguments, before those of a run",
} as const satisfies CommandDefinition;

export const build = defineCommand(definition, async () => (await import('./build-handler.ts')).buildCommand);
