// Commands that start a program in a PvD, and what belongs to that. Entries of the table (../commands.ts); plain values only.

import type { Command } from "./form.ts";
import {
  CHOICE,
  COMMAND_ARGUMENT,
  COMMON,
  DETACH,
  DOMAIN,
  DOMAIN_OR_DEFAULT,
  JSON_OUTPUT,
  MATCH,
  NEW_INSTANCE,
  NO_ASK_PASSWORD,
  PROGRAM_STATUSES,
} from "./parts.ts";

export const STARTING: readonly Command[] = [
  {
    name: "run",
    summary: "start a program in a PvD",
    description: [
      "Starts COMMAND as yourself, with your streams, environment and working folder, in the network of DOMAIN.",
      "Everything after DOMAIN is the program's, its flags too; options of pvd come before DOMAIN. A `--` right " +
      "after DOMAIN is skipped. Signals that pvd gets go on to the program.",
      "Where standard input is a terminal, the program gets one of its own behind it: Ctrl-C, Ctrl-Z and `fg` work as " +
      "without pvd. When pvd is killed the program ends, unless it was started with --detach.",
      "Where COMMAND is a program of which one copy runs, and that copy is outside DOMAIN, pvd says so first: the new " +
      "one would hand over what it is to open. For browsers --new-instance prevents that.",
      `${CHOICE} A \`--\` then stands before COMMAND; after --match it is not needed.`,
    ],
    options: [MATCH, NEW_INSTANCE, DETACH, NO_ASK_PASSWORD],
    positionals: [DOMAIN_OR_DEFAULT, COMMAND_ARGUMENT],
    takesProgram: true,
    asksBroker: true,
    exitStatuses: PROGRAM_STATUSES,
    examples: [
      "pvd run office.example.com -- ssh host",
      "pvd run cfe2 curl --ipv6 http://example.com/",
      "pvd run --match type=internet,pricing=free firefox",
      "pvd run --new-instance office.example.com firefox",
      "pvd run -- ssh host",
    ],
  },
  {
    name: "shell",
    summary: "start your shell in a PvD",
    description: [
      "Starts $SHELL as `pvd run` starts a program, with PVD_DOMAIN in its environment: the id of the PvD. The " +
      "prompt shows it where the shell lets it: as debian_chroot, which the start-up files of bash on Debian show, " +
      "and as PS1 for bash and zsh where their start-up files set none.",
      CHOICE,
    ],
    options: [MATCH, NO_ASK_PASSWORD],
    positionals: [DOMAIN_OR_DEFAULT],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: PROGRAM_STATUSES,
    examples: ["pvd shell office.example.com"],
  },
  {
    name: "default",
    summary: "the PvD for `pvd run` without DOMAIN",
    description: [
      "Shows your default, or makes DOMAIN the default. It is kept as `default` in $XDG_CONFIG_HOME/pvd/config.toml " +
      "(else ~/.config/pvd/config.toml), by its whole id, and never stands for another PvD. DOMAIN must be there " +
      "now; an id that is not can be written into the file.",
    ],
    options: [
      { name: "--clear", value: null, required: false, description: "have no default any more" },
      JSON_OUTPUT,
    ],
    positionals: [{ ...DOMAIN, required: false }],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: COMMON,
    examples: ["pvd default office.example.com", "pvd default", "pvd default --clear"],
  },
  {
    name: "socket",
    summary: "start a program with one socket of a PvD",
    description: [
      "Becomes COMMAND, in the host's network, with one socket of DOMAIN as descriptor 3 (LISTEN_FDS, as systemd " +
      "hands over sockets): listening, or connected. Everything after DOMAIN is the program's; options come before.",
      CHOICE,
    ],
    options: [
      {
        name: "--listen",
        value: "[ADDRESS]:PORT",
        required: false,
        description: "bound to it, and listening",
      },
      { name: "--connect", value: "ADDRESS:PORT", required: false, description: "connected to it" },
      { name: "--udp", value: null, required: false, description: "a datagram socket; TCP otherwise" },
      MATCH,
      NO_ASK_PASSWORD,
    ],
    positionals: [DOMAIN_OR_DEFAULT, COMMAND_ARGUMENT],
    takesProgram: true,
    asksBroker: true,
    exitStatuses: PROGRAM_STATUSES,
    examples: [
      "pvd socket --connect '[2001:db8::1]:80' office.example.com -- my-client",
      "pvd socket --listen '[::]:8080' office.example.com -- my-server",
    ],
  },
  {
    name: "desktop",
    summary: "entries in your menu that start programs in a PvD",
    description: [
      '`install DOMAIN APP` makes an entry such as "Firefox (office)" out of the one that APP has; browsers get a ' +
      "profile of their own in it (`run --new-instance`). `remove DOMAIN APP` takes it away, also where the PvD is not " +
      "there any more. `list` shows all of them. Only files that pvd made are changed or removed.",
      "An entry stands for its PvD by the whole id. Started from a menu, a program may make polkit ask for a password, " +
      "as any other.",
    ],
    options: [JSON_OUTPUT],
    positionals: [
      { name: "ACTION", required: true, description: "install, remove or list", kind: "action" },
      { ...DOMAIN, required: false },
      {
        name: "APP",
        required: false,
        description: "the desktop entry of a program: firefox, firefox.desktop or a path",
        kind: "file",
      },
    ],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: COMMON,
    examples: [
      "pvd desktop install office.example.com firefox.desktop",
      "pvd desktop remove office.example.com firefox.desktop",
      "pvd desktop list --json",
    ],
  },
];
