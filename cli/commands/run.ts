import { DOCKER_OPTIONS, RUN_PLATFORM_OPTION } from '../docker/platform-options.ts';
import { KUBERNETES_OPTIONS, KUBERNETES_RUN_OPTIONS } from '../kubernetes/kubernetes-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import {
  APPLICATION_OPTIONS,
  BUILD_SETTINGS,
  REGISTRY_OPTIONS,
  RUN_OPTIONS,
  SOURCE_OPTIONS,
  SOURCE_POSITIONAL,
} from './source-options.ts';

export const definition = {
  name: 'run',
  summary: 'Run an application on a cluster of its own and end with its status',
  examples: [
    { line: 'run pi', what: 'run a template application' },
    { line: 'run . --workers 4 --worker-memory 2g -- --input data/', what: 'run what is in this folder' },
    { line: 'run https://host/team/app.git#main', what: 'run what is in git' },
    { line: 'run pi --platform docker --builder registry.example/hibana-python:3.12', what: 'run it in containers' },
    { line: 'run . --platform kubernetes -n team-a --image registry.example/team/app', what: 'run it as a Job' },
  ],
  positionals: SOURCE_POSITIONAL,
  options: {
    ...APPLICATION_OPTIONS,
    ...RUN_OPTIONS,
    ...RUN_PLATFORM_OPTION,
    ...DOCKER_OPTIONS,
    ...KUBERNETES_OPTIONS,
    ...KUBERNETES_RUN_OPTIONS,
    ...BUILD_SETTINGS,
    ...REGISTRY_OPTIONS,
    ...SOURCE_OPTIONS,
  },
  rest: "the application's arguments",
} as const satisfies CommandDefinition;

export const run = defineCommand(definition, async () => (await import('./run-handler.ts')).runCommand);
