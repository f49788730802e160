import { KUBERNETES_OPTIONS } from '../kubernetes/kubernetes-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'doctor',
  summary: 'Check that this machine has what a run needs',
  examples: [
    { line: 'doctor', what: 'each check with what to do about it' },
    { line: 'doctor -o json', what: 'as data; the status is 9 when a check failed' },
  ],
  positionals: {},
  options: {
    spark: { type: 'value', value: 'VERSION', summary: 'The Spark to check for, instead of the default' },
    'index-url': { type: 'value', value: 'URL', summary: 'The Python package index to check' },
    'index-token-file': {
      type: 'list',
      value: '[HOST=]FILE',
      summary: "A file with a token for a package index; for the index's own host when none is named",
    },
    'index-username': {
      type: 'value',
      value: 'NAME',
      summary: 'The user that goes with the token (default __token__)',
    },
    'ca-file': { type: 'value', value: 'FILE', summary: 'A certificate authority to trust besides the usual ones' },
    ...KUBERNETES_OPTIONS,
  },
} as const satisfies CommandDefinition;

export const doctor = defineCommand(definition, async () => (await import('./doctor-handler.ts')).doctorCommand);
