import { definition as build } from './build.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { APPLICATION_OPTIONS, BUILD_SETTINGS, CONTRACT_OPTIONS, SOURCE_OPTIONS } from './source-options.ts';

const { 'context-dir': _contextDir, submodules: _submodules, lfs: _lfs, ...fetching } = SOURCE_OPTIONS;

const { 'build-in': _place, ...containerOptions } = CONTRACT_OPTIONS;

export const definition = {
  name: 'rebuild',
  summary: 'Build an image again as it was built: the same commit, builder and options; say whether it is the same',
  examples: [
    { line: 'rebuild registry.example/team/app:v1', what: 'see whether the image is what its source makes' },
    { line: 'rebuild registry.example/team/app@sha256:… --tag again', what: 'and give it a tag' },
  ],
  positionals: {
    image: {
      summary: 'An image that "hibana build" has made from git: of a registry, or oci:DIR[:TAG]',
      required: true,
      completes: 'nothing',
    },
  },
  options: {
    tag: {
      type: 'list',
      value: 'TAG',
      summary: 'Where it goes in the same repository (default nowhere but by its digest)',
    },
    'dry-run': { type: 'flag', summary: 'Build and compare, and write it nowhere' },
    'build-env': BUILD_SETTINGS['build-env'],
    'no-sbom': build.options['no-sbom'],
    ...containerOptions,
    'base-mirror': build.options['base-mirror'],
    'index-token-file': APPLICATION_OPTIONS['index-token-file'],
    'index-username': APPLICATION_OPTIONS['index-username'],
    'registry-auth-file': build.options['registry-auth-file'],
    'insecure-registry': build.options['insecure-registry'],
    ...fetching,
  },
} as const satisfies CommandDefinition;

export const rebuild = defineCommand(definition, async () => (await import('./rebuild-handler.ts')).rebuildCommand);
