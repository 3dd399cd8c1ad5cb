// The completion for bash, from the table of commands. Needs nothing of the package bash-completion; where that is
// there, the arguments of a program after `pvd run DOMAIN` are completed as the program's own.
//
// Text that a router chose is only ever the value of a variable: it is quoted by printf %q before bash sees it as a
// word, and nothing is evaluated.

import { ACTION_WORDS, completedCommands, DEFAULT_SOCKET, GLOBAL_OPTIONS, NAMES_FILE } from "./model.ts";

/** The file /usr/share/bash-completion/completions/pvd. */
export function bashCompletion(): string {
  const commands = completedCommands();
  const cases = commands.map(({ name, options, positionals, takesProgram }) => {
    const words = options.map((option) => option.name).join(" ");
    const valued = options.flatMap((option) =>
      option.value === null ? [] : [`${option.name}:${option.value}`]
    );
    return `        ${name})\n` +
      `          options='${words}' valued='${valued.join(" ")}'\n` +
      `          kinds=(${positionals.join(" ")}) program=${takesProgram ? 1 : 0} ;;`;
  });
  const globals = GLOBAL_OPTIONS.map((option) => option.name).join(" ");
  const names = commands.map(({ name }) => name).join(" ");
  return `# bash completion for pvd(1), made from its table of commands

# Fills _pvd_names with what DOMAIN can be. The broker keeps them in a file; nothing is started.
_pvd_domains() {
  local socket=\${PVD_SOCKET:-${DEFAULT_SOCKET}} line
  _pvd_names=()
  [[ -f \${socket%/*}/${NAMES_FILE} && -r \${socket%/*}/${NAMES_FILE} ]] || return 0
  while IFS= read -r line; do
    _pvd_names+=("\${line%%$'\\t'*}")
  done < "\${socket%/*}/${NAMES_FILE}"
}

# Offers those of the arguments that begin as the word before the cursor, quoted. readline replaces what stands
# after the last of = : @ only.
_pvd_offer() {
  local name quoted typed=\${_pvd_word%"\${_pvd_word##*[=:@]}"}
  for name in "$@"; do
    if [[ $_pvd_word == [\\'\\"]* ]]; then
      # In quotes that somebody opened: only what means itself in any of them.
      [[ $name == *[!A-Za-z0-9._-]* ]] && continue
      [[ $name == "\${_pvd_word:1}"* ]] && COMPREPLY+=("$name")
    else
      printf -v quoted %q "$name"
      [[ $quoted == "$_pvd_word"* ]] && COMPREPLY+=("\${quoted#"$typed"}")
    fi
  done
}

_pvd_offer_kind() {
  local -a found=()
  case $1 in
    domain)
      local -a _pvd_names
      _pvd_domains
      _pvd_offer "\${_pvd_names[@]}" ;;
    link)
      local path
      for path in /sys/class/net/*; do found+=("\${path##*/}"); done
      _pvd_offer "\${found[@]}" ;;
    topic) _pvd_offer ${names} ;;
    action) _pvd_offer ${ACTION_WORDS.join(" ")} ;;
    file)
      compopt -o filenames 2> /dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "\${_pvd_word##*=}") ;;
    command)
      compopt -o filenames 2> /dev/null
      mapfile -t COMPREPLY < <(compgen -c -- "$_pvd_word") ;;
  esac
}

_pvd() {
  COMPREPLY=()
  # Words as they were typed: bash has split them at = : and @ too.
  local -a words=() starts=()
  local line=\${COMP_LINE:0:COMP_POINT} index word bare
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    bare=\${line#"\${line%%[![:space:]]*}"}
    if ((\${#words[@]} > 0)) && [[ $bare == "$line" && -n $line ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
      starts+=("$index")
    fi
    line=\${bare#"$word"}
  done
  local last=$((\${#words[@]} - 1)) _pvd_word
  _pvd_word=\${words[last]}

  local command='' options='${globals}' valued='--socket:file' program=0 wanted='' matched=0 place=0 ended=0
  local -a kinds=()
  for ((index = 1; index < last; index++)); do
    word=\${words[index]}
    if [[ -n $wanted ]]; then wanted=''; continue; fi
    if ((!ended)) && [[ $word == -?* ]]; then
      [[ $word == --match* ]] && matched=1
      if [[ $word == -- ]]; then
        if ((program)); then _pvd_program $((index + 1)); return; fi
        ended=1
        continue
      fi
      [[ " $valued " == *" $word:"* ]] && { wanted=\${valued#*"$word:"}; wanted=\${wanted%% *}; }
      continue
    fi
    if [[ -z $command ]]; then
      command=$word
      case $command in
${cases.join("\n")}
        *) return ;;
      esac
      continue
    fi
    if ((program)); then
      if ((matched)); then _pvd_program "$index"; return; fi
      [[ \${words[index + 1]-} == -- ]] && ((index + 1 < last)) && ((index++))
      _pvd_program $((index + 1))
      return
    fi
    ((place++))
  done

  if [[ -n $wanted ]]; then _pvd_offer_kind "$wanted"; return; fi
  if ((!ended)) && [[ $_pvd_word == --*=* ]]; then
    word=\${_pvd_word%%=*}
    if [[ " $valued " == *" $word:"* ]]; then
      wanted=\${valued#*"$word:"}
      _pvd_word=\${_pvd_word#*=}
      _pvd_offer_kind "\${wanted%% *}"
    fi
    return
  fi
  if ((!ended)) && [[ $_pvd_word == -* ]]; then _pvd_offer $options; return; fi
  if [[ -z $command ]]; then _pvd_offer ${names}; return; fi
  ((program && matched)) && place=1
  ((place < \${#kinds[@]})) && _pvd_offer_kind "\${kinds[place]}"
}

# The command line of the program that begins with word $1.
_pvd_program() {
  if (($1 >= last)); then _pvd_offer_kind command; return; fi
  if declare -F _comp_command_offset > /dev/null; then
    _comp_command_offset "\${starts[$1]}"
  elif declare -F _command_offset > /dev/null; then
    _command_offset "\${starts[$1]}"
  else
    _pvd_offer_kind file
  fi
}

complete -F _pvd pvd
`;
}
