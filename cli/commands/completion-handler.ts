import type { CommandHandler } from './command.ts';
import type { definition, SHELLS } from './completion.ts';

type Shell = (typeof SHELLS)[number];

/** Prints the script for a shell. All three ask `hibana __complete WORD…` for lines of `text TAB description`. */
export const printCompletion: CommandHandler<typeof definition> = async ({ positionals }, app) => {
  const { shell } = positionals;
  const script = COMPLETION_SCRIPTS[shell];
  await app.writeResult({ text: script, data: { shell, script } });
  return 0;
};

/** They are silent about errors, and fall back to files when nothing is offered. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# hibana completion for bash
_hibana() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o bashdefault -o default -F _hibana hibana`,

  zsh: `#compdef hibana
# hibana completion for zsh
_hibana() {
  local line
  local -a offers
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && offers+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#offers} )); then
    _describe hibana offers
  else
    _files
  fi
}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then
  _hibana "$@"
else
  compdef _hibana hibana
fi`,

  fish: `# hibana completion for fish
function __hibana_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l offers ($words[1] __complete $words[2..-1] 2>/dev/null)
  if test (count $offers) -gt 0
    printf '%s\\n' $offers
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c hibana -f -a '(__hibana_complete)'`,
};
