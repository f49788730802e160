import { KUBERNETES_OPTIONS } from '../kubernetes/kubernetes-options.ts';
import { type CommandDefinition, defineCommand } from './command.ts';

export const definition = {
  name: 'uninstall',
  summary: 'Take from a namespace what "install" has given it',
  examples: [{ line: 'uninstall -n team-a', what: 'runs that go on there lose their rights' }],
  positionals: {},
  options: KUBERNETES_OPTIONS,
} as const satisfies CommandDefinition;

export const uninstall = defineCommand(
  definition,
  async () => (await import('./uninstall-handler.ts')).uninstallCommand,
);
