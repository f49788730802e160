import { definition as build } from './build.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { SOURCE_OPTIONS } from './source-options.ts';

export const definition = {
  name: 'rebase',
  summary: "Put an application's layers onto another builder, without building it again; print its name by digest",
  examples: [
    { line: 'rebase registry.example/team/app:v1', what: 'on its builder as it is by now' },
    {
      line: 'rebase registry.example/team/app:v1 --base registry.example/hibana-python:3.12-patched',
      what: 'on another',
    },
  ],
  positionals: {
    image: {
      summary: 'An image that "hibana build" has made: of a registry, or oci:DIR[:TAG]',
      required: true,
      completes: 'nothing',
    },
  },
  options: {
    base: { type: 'value', value: 'IMAGE', summary: 'The builder (default the one it was made on, as it is by now)' },
    tag: { type: 'list', value: 'TAG', summary: 'Where it goes in the same repository (default the tag of the image)' },
    'no-sbom': build.options['no-sbom'],
    'base-mirror': build.options['base-mirror'],
    'ca-file': SOURCE_OPTIONS['ca-file'],
    'registry-auth-file': build.options['registry-auth-file'],
    'insecure-registry': build.options['insecure-registry'],
  },
} as const satisfies CommandDefinition;

export const rebase = defineCommand(definition, async () => (await import('./rebase-handler.ts')).rebaseCommand);
