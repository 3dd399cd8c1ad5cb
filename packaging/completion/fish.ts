// The completion for fish, from the table of commands. Text that a router chose is only ever printed as a line of
// candidates, and fish quotes what it inserts.

import {
  ACTION_WORDS,
  completedCommands,
  type CompletedOption,
  DEFAULT_SOCKET,
  GLOBAL_OPTIONS,
  type Kind,
  NAMES_FILE,
} from "./model.ts";
import { fishQuoted } from "./shell_quote.ts";

/** The file /usr/share/fish/vendor_completions.d/pvd.fish. */
export function fishCompletion(): string {
  const commands = completedCommands();
  const cases = commands.map(({ name, options, positionals, takesProgram }) => {
    const valued = options.filter((option) => option.value !== null).map((option) => option.name);
    return `                case ${name}
                    set valued ${valued.join(" ")}
                    set kinds ${positionals.join(" ")}
                    set program ${takesProgram ? 1 : 0}`;
  });
  const options = commands.flatMap((command) =>
    command.options.map((option) => optionLine(option, `'__pvd_in ${command.name}'`))
  );
  return `# fish completion for pvd(1), made from its table of commands

# What DOMAIN can be, each with a description. The broker keeps it in a file; nothing is started.
function __pvd_domains
    set -l socket ${DEFAULT_SOCKET}
    set -q PVD_SOCKET; and test -n "$PVD_SOCKET"; and set socket $PVD_SOCKET
    set -l file (string replace -r '/[^/]*$' '' -- $socket)/${NAMES_FILE}
    test -f $file; and test -r $file; and string split \\n < $file
end

function __pvd_links
    for path in /sys/class/net/*
        string replace -r '.*/' '' -- $path
    end
end

# Where the cursor is: "COMMAND PLACE" with what stands in that place, "- command" before there is a command.
function __pvd_place
    set -l words (commandline -opc)
    set -e words[1]
    set -l command ''
    set -l valued --socket
    set -l kinds
    set -l program 0
    set -l place 1
    set -l matched 0
    set -l skip 0
    set -l ended 0
    for word in $words
        if test $skip = 1
            set skip 0
            continue
        end
        if test $ended = 0; and string match -q -- '-?*' $word
            string match -q -- '--match*' $word; and set matched 1
            if test "$word" = --
                if test $program = 1
                    echo $command program
                    return
                end
                set ended 1
            else if contains -- $word $valued
                set skip 1
            end
            continue
        end
        if test -z "$command"
            set command $word
            switch $command
${cases.join("\n")}
                case '*'
                    return
            end
            continue
        end
        if test $program = 1
            echo $command program
            return
        end
        set place (math $place + 1)
    end
    # The value of an option is completed by the option's own line below.
    if test $skip = 1
        test -z "$command"; and set command -
        echo $command value
        return
    end
    if test -z "$command"
        echo - command
    else if test $program = 1; and test $matched = 1
        echo $command program
    else if set -q kinds[$place]
        echo $command $kinds[$place]
    else
        echo $command none
    end
end

function __pvd_in
    set -l place (string split ' ' -- (__pvd_place))
    test "$place[1]" = "$argv[1]"; and test "$place[2]" != program
end

function __pvd_at
    set -l place (string split ' ' -- (__pvd_place))
    test "$place[2]" = "$argv[1]"
end

# The command line of the program itself: what is left of ours when DOMAIN and what is before it are gone.
function __pvd_program
    set -l words (commandline -opc) (commandline -ct)
    set -e words[1]
    set -l seen 0
    while set -q words[1]
        set -l word $words[1]
        if test "$word" = --
            set -e words[1]
            break
        else if contains -- $word --match --socket --listen --connect
            set -e words[1..2]
            string match -q -- '--match' $word; and set seen 2
            continue
        else if string match -q -- '-?*' $word
            string match -q -- '--match=*' $word; and set seen 2
        else
            set seen (math $seen + 1)
            if test $seen -gt 2
                break
            end
        end
        set -e words[1]
    end
    test "$words[1]" = --; and set -e words[1]
    if test (count $words) -gt 1
        complete -C "$(string join ' ' -- (string escape -- $words[1..-2])) $words[-1]"
    else
        complete -C "$words[1]"
    end
end

complete -c pvd -f
${GLOBAL_OPTIONS.map((option) => optionLine(option, "'__pvd_in -'")).join("\n")}
${
    commands.map(({ name, summary }) =>
      `complete -c pvd -n '__pvd_at command' -a ${name} -d ${fishQuoted(summary)}`
    ).join("\n")
  }
complete -c pvd -n '__pvd_at topic' -a '${commands.map(({ name }) => name).join(" ")}'
complete -c pvd -n '__pvd_at action' -a '${ACTION_WORDS.join(" ")}'
complete -c pvd -n '__pvd_at domain' -a '(__pvd_domains)'
complete -c pvd -n '__pvd_at link' -a '(__pvd_links)'
complete -c pvd -n '__pvd_at file' -F
complete -c pvd -n '__pvd_at program' -a '(__pvd_program)'
${options.join("\n")}
`;
}

/** What a value of an option is completed by. */
const ARGUMENTS: Readonly<Record<Kind, string>> = {
  domain: " -x -a '(__pvd_domains)'",
  link: " -x -a '(__pvd_links)'",
  file: " -r -F",
  command: " -x",
  topic: " -x",
  action: " -x",
  none: " -x",
};

function optionLine({ name, value, description }: CompletedOption, condition: string): string {
  const takes = value === null ? "" : ARGUMENTS[value];
  return `complete -c pvd -n ${condition} -l ${name.slice(2)} -d ${fishQuoted(description)}${takes}`;
}
