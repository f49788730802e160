import { KUBERNETES_OPTIONS } from '../kubernetes/kubernetes-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'install',
  summary: 'Give a namespace of Kubernetes what runs there need, as its administrator, once',
  examples: [
    { line: 'install -n team-a', what: 'the account of launchers, with the rights that they use' },
    { line: 'install -n team-a --print', what: 'show what that is, and change nothing' },
  ],
  positionals: {},
  options: {
    ...KUBERNETES_OPTIONS,
    print: { type: 'flag', summary: 'Print the objects as YAML, and change nothing' },
  },
} as const satisfies CommandDefinition;

export const install = defineCommand(definition, async () => (await import('./install-handler.ts')).installCommand);
