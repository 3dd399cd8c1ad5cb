// Commands that show what there is. Entries of the table (../commands.ts); plain values only.

import type { Command } from "./form.ts";
import { CHOICE, COMMON, DOMAIN, DOMAIN_OR_DEFAULT, JSON_OUTPUT, MATCH, NO_ASK_PASSWORD } from "./parts.ts";

export const LOOKING: readonly Command[] = [
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
];
