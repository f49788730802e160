import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'init',
  summary: 'Copy a template application into a new folder',
  examples: [
    { line: 'init pi my-app', what: 'a copy of the template "pi" in ./my-app' },
    { line: 'init --list', what: 'the templates, with what each is' },
  ],
  positionals: {
    template: { summary: 'The name of a template', required: false, completes: 'template' },
    dir: { summary: 'A folder that is empty, or not there yet', required: false, completes: 'file' },
  },
  options: { list: { type: 'flag', summary: 'List the templates' } },
} as const satisfies CommandDefinition;

export const init = defineCommand(definition, async () => (await import('./init-handler.ts')).initCommand);
