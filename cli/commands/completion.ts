import { type CommandDefinition, defineCommand } from './command.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const definition = {
  name: 'completion',
  summary: 'Print a completion script for a shell',
  examples: [
    {
      line: 'completion bash > ~/.local/share/bash-completion/completions/hibana',
      what: 'for bash; make the folder first (mkdir -p)',
    },
    { line: 'completion zsh > ~/.zsh/completions/_hibana', what: 'for zsh; the folder must be in fpath' },
    { line: 'completion fish > ~/.config/fish/completions/hibana.fish', what: 'for fish' },
  ],
  positionals: { shell: { summary: 'bash, zsh or fish', required: true, choices: SHELLS } },
  options: {},
} as const satisfies CommandDefinition;

export const completion = defineCommand(
  definition,
  async () => (await import('./completion-handler.ts')).printCompletion,
);
