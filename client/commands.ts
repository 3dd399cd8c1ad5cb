// The one table of pvd's commands: parsing and help come from it, and completions and man pages can. Plain
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
  readonly kind: "domain" | "link" | "file" | "command";
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
  /** Whether everything after the positionals belongs to a program: `[ARG...]`, flags too. */
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

const DOMAIN: Positional = {
  name: "DOMAIN",
  required: true,
  description:
    "a PvD: its id, the beginning of an id that fits one PvD only, or a namespace's name (mifpvd-7)",
  kind: "domain",
};

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
    description: ["Lists every PvD with its id, kind, link, first router, first address and state."],
    options: [JSON_OUTPUT],
    positionals: [],
    takesProgram: false,
    asksBroker: true,
    exitStatuses: COMMON,
    examples: ["pvd list", "pvd list --json"],
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
    name: "run",
    summary: "start a program in a PvD",
    description: [
      "Starts COMMAND as yourself, with your streams, environment and working folder, in the network of DOMAIN.",
      "Everything after DOMAIN is the program's, its flags too; options of pvd come before DOMAIN. A `--` right " +
      "after DOMAIN is skipped. Signals that pvd gets go on to the program.",
    ],
    options: [NO_ASK_PASSWORD],
    positionals: [DOMAIN, COMMAND_ARGUMENT],
    takesProgram: true,
    asksBroker: true,
    exitStatuses: PROGRAM_STATUSES,
    examples: ["pvd run office.example.com -- ssh host", "pvd run cfe2 curl --ipv6 http://example.com/"],
  },
  {
    name: "socket",
    summary: "start a program with one socket of a PvD",
    description: [
      "Becomes COMMAND, in the host's network, with one socket of DOMAIN as descriptor 3 (LISTEN_FDS, as systemd " +
      "hands over sockets): listening, or connected. Everything after DOMAIN is the program's; options come before.",
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
      NO_ASK_PASSWORD,
    ],
    positionals: [DOMAIN, COMMAND_ARGUMENT],
    takesProgram: true,
    asksBroker: true,
    exitStatuses: PROGRAM_STATUSES,
    examples: [
      "pvd socket --connect [2001:db8::1]:80 office.example.com -- my-client",
      "pvd socket --listen [::]:8080 office.example.com -- my-server",
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
    options: [{ ...JSON_OUTPUT, description: "one JSON object an advertisement and line" }],
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
