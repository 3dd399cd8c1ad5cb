// The one table of pvd's commands: parsing, help, the man page and the shells' completions come from it. Plain
// values only; it touches nothing. A command's own file holds what it does; what it is called is here.

export interface Option {
  /** "--json" */
  readonly name: string;
  /** The name of its value in help, "PATH"; null for a switch. */
  readonly value: string | null;
  readonly required: boolean;
  readonly description: string;
}

export interface Positional {
  /** "DOMAIN" */
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  /** What a completion offers here. */
  readonly kind: "domain" | "link" | "file" | "command" | "action";
}

export interface ExitStatus {
  /** "0", "128+N" */
  readonly status: string;
  readonly meaning: string;
}

export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** Paragraphs that say what a person needs before using it. */
  readonly description: readonly string[];
  readonly options: readonly Option[];
  readonly positionals: readonly Positional[];
  /** Whether everything after the positionals belongs to a program: `[ARG...]`, flags too. DOMAIN can then be left
   * out, for --match or the person's default: a `--` stands in its place, or --match before it. */
  readonly takesProgram: boolean;
  /** Whether it asks the broker, and so takes --socket. */
  readonly asksBroker: boolean;
  readonly exitStatuses: readonly ExitStatus[];
  readonly examples: readonly string[];
}

export const HELP: Option = {
  name: "--help",
  value: null,
  required: false,
  description: "this help (also -h)",
};
export const VERSION: Option = {
  name: "--version",
  value: null,
  required: false,
  description: "pvd's version",
};
export const SOCKET: Option = {
  name: "--socket",
  value: "PATH",
  required: false,
  description: "the broker's socket; also by the environment variable PVD_SOCKET",
};

const JSON_OUTPUT: Option = {
  name: "--json",
  value: null,
  required: false,
  description: 'JSON for programs, {"version":1,...}, errors too; see docs/json.md',
};

const NO_ASK_PASSWORD: Option = {
  name: "--no-ask-password",
  value: null,
  required: false,
  description: "never ask for a password: what polkit does not allow without one is refused",
};

const DETACH: Option = {
  name: "--detach",
  value: null,
  required: false,
  description:
    "print the program's process id and leave it alone; it has your streams, but no terminal to read from",
};

const NEW_INSTANCE: Option = {
  name: "--new-instance",
  value: null,
  required: false,
  description:
    "for a browser: one of its own, with a profile for this PvD, and not the one that runs already",
};

const MATCH: Option = {
  name: "--match",
  value: "NAME=VALUE,...",
  required: false,
  description:
    "PvDs that have all of these: properties that their servers give (type=internet,pricing=free), or id, kind, " +
    "encoding, state, link or namespace",
};

const DOMAIN: Positional = {
  name: "DOMAIN",
  required: true,
  description:
    "a PvD: its id, the beginning of an id that fits one PvD only, or a namespace's name (mifpvd-7)",
  kind: "domain",
};
const DOMAIN_OR_DEFAULT: Positional = {
  ...DOMAIN,
  required: false,
  description: `${DOMAIN.description}; without it, the one that \`pvd default\` shows`,
};
const CHOICE =
  "Without DOMAIN it is your default (`pvd default`), or with --match the PvD that fits and has been there " +
  "longest: of those that are ready, the one whose namespace has the lowest number.";

const DONE: ExitStatus = { status: "0", meaning: "done" };
const FAILED: ExitStatus = { status: "1", meaning: "refused or failed, with the reason" };
const USAGE: ExitStatus = { status: "2", meaning: "the command line was not understood" };
const UNAVAILABLE: ExitStatus = { status: "69", meaning: "the broker is not running or cannot be reached" };
const INTERNAL: ExitStatus = { status: "70", meaning: "a defect in pvd itself" };
const COMMON = [DONE, FAILED, USAGE, UNAVAILABLE, INTERNAL];
const WITHOUT_BROKER = [DONE, FAILED, USAGE, INTERNAL];

const COMMAND_ARGUMENT: Positional = {
  name: "COMMAND",
  required: true,
  description: "a program: a name that is looked up on PATH, or a path with a slash",
  kind: "command",
};
const PROGRAM_STATUSES: readonly ExitStatus[] = [
  { status: "N", meaning: "the program's own exit status" },
  { status: "128+N", meaning: "the program was ended by signal N" },
  USAGE,
  UNAVAILABLE,
  INTERNAL,
  { status: "125", meaning: "the program could not be started in the PvD, or its end was not heard of" },
  { status: "126", meaning: "COMMAND was found and cannot be executed" },
  { status: "127", meaning: "COMMAND was not found" },
];

export const COMMANDS: readonly Command[] = [
  {
    name: "list",
    summary: "the PvDs that there are",
    description: [
      "Lists every PvD with its id, kind, link, first router, first address and state. Where the terminal is " +
      "narrow, router and address stand on a line of their own, and long ids have a … in their middle.",
      "With --match only those that fit, in the order in which `run --match` takes the first that is ready.",
    ],
    options: [MATCH, JSON_OUTPUT],
    positionals: [],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: COMMON,
    examples: ["pvd list", "pvd list --match type=internet,link=eth0", "pvd list --json"],
  },
  {
    name: "show",
    summary: "everything that is known of one PvD",
    description: ["Shows every datum that the routers sent for a PvD, with the lifetime that it has left."],
    options: [JSON_OUTPUT],
    positionals: [DOMAIN],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: COMMON,
    examples: ["pvd show office.example.com", "pvd show cfe2 --json"],
  },
  {
    name: "check",
    summary: "whether a PvD works, and what to do where it does not",
    description: [
      "Starts a part of itself in the PvD, as `run` starts a program, and looks whether a program there has an " +
      "address, a way out and a router, whether its resolvers answer (through getaddrinfo(3)), and whether names " +
      "could come from the host. It asks nobody but the routers and resolvers that the PvD announces.",
      CHOICE,
    ],
    options: [
      {
        name: "--name",
        value: "NAME",
        required: false,
        description: "look up NAME; otherwise the PvD's id or search domain, where that is a DNS name",
      },
      MATCH,
      NO_ASK_PASSWORD,
      JSON_OUTPUT,
    ],
    positionals: [DOMAIN_OR_DEFAULT],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: [
      { status: "0", meaning: "no problem" },
      { status: "1", meaning: "a problem, or refused or failed, with the reason" },
      ...COMMON.slice(2),
    ],
    examples: ["pvd check office.example.com", "pvd check office.example.com --name intranet --json"],
  },
  {
    name: "status",
    summary: "how the broker and the helper are",
    description: [
      "Shows whether broker and helper work, which links are listened to, and what was refused and why.",
    ],
    options: [JSON_OUTPUT],
    positionals: [],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: COMMON,
    examples: ["pvd status"],
  },
  {
    name: "monitor",
    summary: "what happens, as it happens",
    description: [
      "Prints a line for each event: PvDs that come, change and go, routers that are heard and lost, advertisements " +
      "that are refused, and why. First what there is, then what changes. It ends with Ctrl-C.",
      "With --link only what is heard on LINK, and also what each router there says to hosts that know no PvDs, even " +
      "where no PvD comes of it: prefixes, routes, resolvers, their lifetimes, and each later change.",
      "A router that renews what it said changes nothing; --renewals shows that too.",
    ],
    options: [
      { name: "--link", value: "LINK", required: false, description: "a network interface, such as eth0" },
      {
        name: "--renewals",
        value: null,
        required: false,
        description: "also lifetimes that were only renewed",
      },
      { ...JSON_OUTPUT, description: "one JSON document an event and line; see docs/json.md" },
    ],
    positionals: [],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: COMMON.slice(1),
    examples: ["pvd monitor", "pvd monitor --link eth0 --json"],
  },
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
      "pvd socket --connect [2001:db8::1]:80 office.example.com -- my-client",
      "pvd socket --listen [::]:8080 office.example.com -- my-server",
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
  {
    name: "solicit",
    summary: "ask routers to advertise now",
    description: ["Sends a Router Solicitation on LINK, or on every link where none is named."],
    options: [JSON_OUTPUT],
    positionals: [{
      name: "LINK",
      required: false,
      description: "a network interface, such as eth0",
      kind: "link",
    }],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: COMMON,
    examples: ["pvd solicit", "pvd solicit eth0"],
  },
  {
    name: "decode",
    summary: "print the Router Advertisements in a capture file",
    description: [
      "Prints each Router Advertisement of a pcap or pcapng file with the PvDs that it describes.",
    ],
    options: [{
      ...JSON_OUTPUT,
      description: "one JSON document an advertisement and line; see docs/json.md",
    }],
    positionals: [{
      name: "FILE",
      required: true,
      description: "pcap or pcapng; - is standard input",
      kind: "file",
    }],
    takesProgram: false,
    asksBroker: false,
    exitStatuses: WITHOUT_BROKER,
    examples: ["pvd decode capture.pcapng", "tcpdump -w - icmp6 | pvd decode -"],
  },
  {
    name: "advertise",
    summary: "be a router that advertises PvDs (on a router, as root)",
    description: [
      "Sends Router Advertisements with PvDs as the settings file says, until it is told to end.",
    ],
    options: [
      { name: "--config", value: "FILE", required: true, description: "the settings, in TOML" },
      {
        name: "--check",
        value: null,
        required: false,
        description: "only check the settings, and say what they mean",
      },
      { name: "--once", value: null, required: false, description: "send each advertisement once, and end" },
    ],
    positionals: [],
    takesProgram: false,
    asksBroker: false,
    exitStatuses: [...WITHOUT_BROKER, { status: "78", meaning: "the settings have an error" }],
    examples: ["pvd advertise --config /etc/pvd/advertise.toml"],
  },
  {
    name: "broker",
    summary: "the daemon (started by the system)",
    description: [
      "Hears routers, keeps the PvDs and answers pvd's other commands. The system starts it as user pvd.",
    ],
    options: [
      {
        name: "--config",
        value: "FILE",
        required: false,
        description: "the settings; else /etc/pvd/pvd.toml",
      },
      {
        name: "--allow-root",
        value: null,
        required: false,
        description: "run as root all the same: in a lab",
      },
    ],
    positionals: [],
    takesProgram: false,
    asksBroker: false,
    exitStatuses: [
      DONE,
      USAGE,
      INTERNAL,
      { status: "71", meaning: "the system refused something that it needs" },
      { status: "77", meaning: "it was started as root" },
      { status: "78", meaning: "the settings have an error" },
    ],
    examples: [],
  },
];

export function findCommand(name: string): Command | null {
  return COMMANDS.find((command) => command.name === name) ?? null;
}
