import { DOCKER_OPTIONS, PLATFORM_OPTION } from '../docker/platform-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { DETACH_OPTION } from './deployment-options.ts';
import {
  APPLICATION_OPTIONS,
  BUILD_SETTINGS,
  DEPLOYMENT_OPTIONS,
  REGISTRY_OPTIONS,
  RUN_OPTIONS,
  SOURCE_OPTIONS,
  SOURCE_POSITIONAL,
} from './source-options.ts';

export const definition = {
  name: 'deploy',
  summary: 'Keep an application under a name, and run it: a job once, a service until it is stopped',
  examples: [
    { line: 'deploy https://host/team/app.git --name etl', what: 'a job: the command ends with its status' },
    { line: 'deploy pi-flask --health-path /healthz', what: 'a service: the command ends when it is well' },
    { line: 'deploy . --name etl --detach -- --date 2026-11-01', what: 'a job that nobody waits for' },
    {
      line: 'deploy registry.example/team/app@sha256:… --name etl',
      what: 'an image as it is, in Docker: nothing is built',
    },
  ],
  positionals: SOURCE_POSITIONAL,
  options: {
    ...DETACH_OPTION,
    ...DEPLOYMENT_OPTIONS,
    ...APPLICATION_OPTIONS,
    ...RUN_OPTIONS,
    ...PLATFORM_OPTION,
    ...DOCKER_OPTIONS,
    ...BUILD_SETTINGS,
    ...REGISTRY_OPTIONS,
    ...SOURCE_OPTIONS,
  },
  rest: "the application's arguments, for this run and for those that are started without any",
} as const satisfies CommandDefinition;

export const deploy = defineCommand(definition, async () => (await import('./deploy-handler.ts')).deployCommand);
