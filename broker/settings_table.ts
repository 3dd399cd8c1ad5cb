// Every setting of /etc/pvd/pvd.toml: what it may be, what it is where nobody says, and what it is for. The broker
// checks the file by it; the man page and the file that is installed are made from it. Pure.
//
// A new setting is one entry here and one member of Settings (settings.ts). settings_test.ts fails where an
// entry explains nothing, where its example is not one, or where it is not read.

import * as v from "valibot";
import {
  CLIENT_SOCKET,
  HELPER_SOCKET,
  MAX_AUTHORITIES_CHARS,
  MAX_DOMAINS,
  MAX_LINK_NAME_CHARS,
} from "../lib/protocol.ts";
import { MAX_DOMAINS_PER_LINK } from "./state/limits.ts";

/** What people read of a setting. */
export interface Explanation {
  /** "whole number, 0 to 3600": what stands after the equals sign. */
  readonly type: string;
  /** What holds where it is not set; null: the default itself says so. */
  readonly unset: string | null;
  /** A value as TOML writes it, which somebody could want to have. */
  readonly example: string;
  /** Paragraphs of whole sentences. */
  readonly explanation: readonly string[];
}

const MAX_UIDS = 1024;
const MAX_LINKS = 64;
const MAX_SETTLE_S = 3600;
/** uid_t is 32 bits and its last value means "none". */
const MAX_UID = 0xffff_fffe;

const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
};
const absolutePath = v.pipe(
  v.string("must be a path in quotes"),
  v.regex(/^\/[^\0]*$/, "must be an absolute path"),
);
const linkPattern = v.pipe(
  v.string("must be a link's name in quotes"),
  v.regex(/^[^\s/]+$/, 'must be a link\'s name, such as "eth1" or "wl*"'),
  v.maxLength(MAX_LINK_NAME_CHARS, `must have at most ${MAX_LINK_NAME_CHARS} characters`),
);
const identifierMethod = v.picklist(["stable", "eui64"], 'must be "stable" or "eui64"');
const yesOrNo = v.boolean("must be true or false");
const listOf = <const T extends v.GenericSchema>(item: T, max: number, what: string) =>
  v.pipe(v.array(item, `must be a list of ${what}`), v.maxLength(max, `must have at most ${max} entries`));
const busAddress = v.pipe(
  v.string("must be a D-Bus address in quotes"),
  v.startsWith("unix:", "must begin with unix:"),
);

/** `check` is v.optional of something: every setting can be left out. */
const setting = <const T extends v.GenericSchema>(
  check: T,
  about: Omit<Explanation, "unset"> & { readonly unset?: string },
) => v.pipe(check, v.metadata({ unset: null, ...about }));

export const SETTINGS_TABLE = v.strictObject({
  links: setting(v.optional(listOf(linkPattern, MAX_LINKS, "link names")), {
    type: `list of at most ${MAX_LINKS} link names, in which * stands for any characters`,
    unset: "Ethernet and Wi-Fi; no bridge, nothing of containers, virtual machines or VPNs",
    example: '["eth1", "wl*"]',
    explanation: [
      "The links on which Router Advertisements are heard. Only Ethernet-like links can be among them.",
      "Without it, these are Ethernet and Wi-Fi hardware, bonds and VLANs. The ports of a bridge or bond are not " +
      "among them.",
    ],
  }),
  macvlan_links: setting(v.optional(listOf(linkPattern, MAX_LINKS, "link names"), []), {
    type: `list of at most ${MAX_LINKS} link names, in which * stands for any characters`,
    example: '["wl*"]',
    explanation: [
      "Links on which a PvD's interface is a macvlan, which has a MAC address of its own. That is what every link " +
      "but Wi-Fi has unless settings say otherwise. Most Wi-Fi access points drop a second MAC address.",
    ],
  }),
  ipvlan_links: setting(v.optional(listOf(linkPattern, MAX_LINKS, "link names"), []), {
    type: `list of at most ${MAX_LINKS} link names, in which * stands for any characters`,
    example: '["eth1"]',
    explanation: [
      "Links on which a PvD's interface is an ipvlan, which shares the MAC address of its link: what Wi-Fi has unless " +
      "settings say otherwise. It helps where a switch or a virtual machine's host lets one address through. A link " +
      "that both lists name gets ipvlan.",
    ],
  }),
  max_domains: setting(v.optional(wholeNumber(1, MAX_DOMAINS), MAX_DOMAINS), {
    type: `whole number, 1 to ${MAX_DOMAINS}`,
    example: "64",
    explanation: [
      "How many PvDs are kept at the same time, on all links. A new one over the limit is refused, and counted in " +
      "pvd status; the old ones stay.",
    ],
  }),
  max_domains_per_link: setting(v.optional(wholeNumber(1, MAX_DOMAINS), MAX_DOMAINS_PER_LINK), {
    type: `whole number, 1 to ${MAX_DOMAINS}`,
    example: "16",
    explanation: ["The same for one link, so that one network cannot use up what is there for all."],
  }),
  settle_s: setting(v.optional(wholeNumber(0, MAX_SETTLE_S), 30), {
    type: `whole number of seconds, 0 to ${MAX_SETTLE_S}`,
    example: "10",
    explanation: [
      "How long after its start the broker waits for a router to announce a PvD that an earlier broker has left. " +
      "After that time the PvD is removed, unless programs still run in it.",
    ],
  }),
  interface_identifier: setting(v.optional(identifierMethod, "stable"), {
    type: '"stable" or "eui64"',
    example: '"eui64"',
    explanation: [
      "How the second half of an address is made in a prefix that routers leave to the host. With stable (RFC 7217) " +
      "it comes from the secret, the PvD and the prefix: the same at each return, and not to be recognised in " +
      "another network. Where another host has it, the next one is taken; three are tried.",
      "With eui64 (RFC 4291) it comes from the MAC address that pvd gives the PvD's interface (on Wi-Fi, where the " +
      "interface has its parent's: that it would have elsewhere). Where another host has it, there is no other, and " +
      "the PvD has no address in that prefix.",
    ],
  }),
  information: setting(v.optional(yesOrNo, true), {
    type: "true or false",
    example: "false",
    explanation: [
      "Whether the web server that a PvD names is asked for additional information (RFC 8801 section 4). It is " +
      "asked over the PvD itself. RFC 8801 section 7: all of them or none.",
    ],
  }),
  extra_authorities: setting(v.optional(absolutePath), {
    type: `absolute path of a PEM file, at most ${MAX_AUTHORITIES_CHARS} characters`,
    unset: "none",
    example: '"/etc/pvd/authorities.pem"',
    explanation: [
      "Certificate authorities that are believed for those servers beside the usual ones. Only the certificates in " +
      "the file are taken.",
    ],
  }),
  mif_pvd_info: setting(v.optional(yesOrNo, false), {
    type: "true or false",
    example: "true",
    explanation: [
      "Whether routers of MIF-PvD are asked for http://[router]:8080/pvd-info.json, for PvDs without an RFC 8801 " +
      "option. It is plain HTTP: anybody on the link can answer, or listen.",
    ],
  }),
  authorized_uids: setting(v.optional(listOf(wholeNumber(0, MAX_UID), MAX_UIDS, "user ids"), []), {
    type: `list of at most ${MAX_UIDS} user ids`,
    example: "[1000]",
    explanation: [
      "Who may start programs and open sockets in every PvD without polkit being asked. It is meant for machines " +
      "that have no polkit; elsewhere a rule of polkit says it better.",
    ],
  }),
  client_socket: setting(v.optional(absolutePath, CLIENT_SOCKET), {
    type: "absolute path",
    example: '"/run/pvd/other.sock"',
    explanation: [
      "The socket that the pvd command connects to. The names that shells complete are in the file `domains` " +
      "beside it. Tell the command with --socket or PVD_SOCKET.",
    ],
  }),
  helper_socket: setting(v.optional(absolutePath, HELPER_SOCKET), {
    type: "absolute path",
    example: '"/run/pvd-helper/other.sock"',
    explanation: ["Where the privileged helper listens; its own option --socket must say the same."],
  }),
  secret_file: setting(v.optional(absolutePath, "/var/lib/pvd/secret"), {
    type: "absolute path",
    example: '"/etc/pvd/secret"',
    explanation: [
      "The secret from which stable addresses are made (RFC 7217). It is made at the first start, and only the " +
      "broker may read it. A new secret gives new addresses.",
    ],
  }),
  state_file: setting(v.optional(absolutePath, "/run/pvd/state.json"), {
    type: "absolute path",
    example: '"/var/lib/pvd/state.json"',
    explanation: ["Where PvDs are kept for a new start of the broker within the same boot of the machine."],
  }),
  bus_address: setting(v.optional(busAddress), {
    type: "D-Bus address that begins with unix:",
    unset: "the system bus",
    example: '"unix:path=/run/dbus/system_bus_socket"',
    explanation: ["The bus on which net.pvd1 is offered, and polkit asked."],
  }),
});

/** One setting for those who write about all of them. */
export interface DescribedSetting extends Explanation {
  readonly name: string;
  /** The default as TOML writes it; null: what `unset` says. */
  readonly default: string | null;
}

/** In the order of the table. Throws Error where an entry explains nothing. */
export function describedSettings(): DescribedSetting[] {
  return Object.entries(SETTINGS_TABLE.entries).map(([name, entry]) => {
    const { type, unset, example, explanation } = v.getMetadata(entry);
    const value: unknown = v.getDefault(entry);
    if (value === undefined && unset === null) throw new Error(`${name} does not say what holds without it`);
    return { name, type, unset, example, explanation, default: value === undefined ? null : tomlOf(value) };
  });
}

/** Numbers, texts, truth values and lists of them are in TOML what they are in JSON. */
function tomlOf(value: unknown): string {
  return JSON.stringify(value);
}
