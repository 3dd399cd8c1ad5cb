// The completion for zsh, from the table of commands. Text that a router chose reaches the shell as elements of an
// array alone, and compadd quotes what it inserts.

import {
  ACTION_WORDS,
  type CompletedCommand,
  completedCommands,
  type CompletedOption,
  DEFAULT_SOCKET,
  GLOBAL_OPTIONS,
  type Kind,
  NAMES_FILE,
} from "./model.ts";
import { posixQuoted } from "./shell_quote.ts";

/** What offers each kind. */
const ACTIONS: Readonly<Record<Kind, string>> = {
  domain: "_pvd_domains",
  link: "_pvd_links",
  file: "_files",
  command: "_command_names -e",
  topic: "_pvd_commands",
  action: `(${ACTION_WORDS.join(" ")})`,
  none: " ",
};

/** The file /usr/share/zsh/vendor-completions/_pvd. */
export function zshCompletion(): string {
  const commands = completedCommands();
  const described = commands.map(({ name, summary }) =>
    `    ${posixQuoted(`${escaped(name)}:${escaped(summary)}`)}`
  );
  return `#compdef pvd
# zsh completion for pvd(1), made from its table of commands

_pvd_commands() {
  local -a commands=(
${described.join("\n")}
  )
  _describe -t commands 'command of pvd' commands
}

# What DOMAIN can be. The broker keeps it in a file; nothing is started.
_pvd_domains() {
  local file=\${\${PVD_SOCKET:-${DEFAULT_SOCKET}}:h}/${NAMES_FILE} line
  local -a names=() shown=()
  [[ -f $file && -r $file ]] || return 1
  while IFS= read -r line; do
    names+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  -- }")
  done < $file
  local expl
  _wanted domains expl 'PvD' compadd -l -d shown -a names
}

_pvd_links() {
  local -a links=(/sys/class/net/*(N:t))
  local expl
  _wanted links expl 'network interface' compadd -a links
}

# Sets at to the first word of the program, where the cursor is in it; the options that take a value are $@. Without
# DOMAIN, after --match or where -- stands in its place, the program begins at once.
_pvd_program_at() {
  local -i index matched=0
  at=0
  for (( index = 2; index < CURRENT; index++ )); do
    case $words[index] in
      --) (( at = index + 1 )); return ;;
      -?*)
        [[ $words[index] == --match* ]] && matched=1
        (( \${@[(Ie)$words[index]]} )) && (( index++ )) ;;
      *)
        (( at = matched ? index : index + 1 ))
        [[ $words[at] == -- ]] && (( at < CURRENT )) && (( at++ ))
        return ;;
    esac
  done
  (( matched && index == CURRENT )) && [[ $words[CURRENT] != -* ]] && at=CURRENT
}

_pvd() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C ${GLOBAL_OPTIONS.map(specOf).join(" ")} '1: :->command' '*:: :->rest' && return
  case $state in
    command) _pvd_commands ;;
    rest)
      case $words[1] in
${commands.map(caseOf).join("\n")}
      esac ;;
  esac
}

_pvd "$@"
`;
}

function caseOf({ name, options, positionals, takesProgram }: CompletedCommand): string {
  const specs = options.map(specOf);
  if (takesProgram) {
    const valued = options.filter((option) => option.value !== null).map((option) => option.name);
    return `        ${name})
          local -i at
          _pvd_program_at ${valued.join(" ")}
          if (( at )); then
            words=("\${(@)words[at,-1]}")
            (( CURRENT -= at - 1 ))
            _normal
          else
            _arguments ${specs.join(" ")} '1:DOMAIN:_pvd_domains'
          fi ;;`;
  }
  const places = positionals.map((kind, index) => posixQuoted(`${index + 1}: :${ACTIONS[kind]}`));
  return `        ${name}) _arguments ${[...specs, ...places].join(" ")} ;;`;
}

/** "--socket[the broker's socket]:PATH:_files" */
function specOf({ name, value, description }: CompletedOption): string {
  const text = `[${description.replace(/[\\[\]]/g, "\\$&")}]`;
  return posixQuoted(value === null ? `${name}${text}` : `${name}=${text}:value:${ACTIONS[value]}`);
}

/** What _describe reads as name and text is divided by a colon. */
function escaped(text: string): string {
  return text.replace(/[\\:]/g, "\\$&");
}
