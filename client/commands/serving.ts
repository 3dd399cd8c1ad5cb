// Commands that speak with routers or are one, read captures, and the daemon. Entries of the table (../commands.ts); plain values only.

import type { Command } from "./form.ts";
import { COMMON, DONE, INTERNAL, JSON_OUTPUT, USAGE, WITHOUT_BROKER } from "./parts.ts";

export const SERVING: readonly Command[] = [
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
    exitStatuses: [
      ...WITHOUT_BROKER,
      { status: "77", meaning: "it may not send: it needs root, or CAP_NET_RAW" },
      { status: "78", meaning: "the settings have an error" },
    ],
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
