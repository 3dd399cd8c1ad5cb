// Advertisements made up from small stocks of names, prefixes and lifetimes, so that they speak of the same things
// again and again: what bent packets seldom do, and what the state is about. Pure.

import { buildMessage } from "../../lib/ndp/build.ts";
import { readName } from "../../lib/ndp/name.ts";
import type { MifContainerOption, NdOption, PvdOption, RaHeader } from "../../lib/ndp/types.ts";
import { chance, pick, type Random } from "./random.ts";

const LIFETIMES_S = [0, 0, 1, 9, 60, 600, 7199, 7200, 7201, 86_400, 0xffff_fffe, 0xffff_ffff];
const ROUTER_LIFETIMES_S = [0, 1, 9, 1800, 65_535];
const PREFERENCES = ["low", "medium", "high"] as const;
const PORTALS = [
  "https://portal.example/api",
  "urn:ietf:params:capport:unrestricted",
  `https://${"%0a".repeat(600)}/`,
];
const MACS = ["02:00:00:00:00:01", "02:00:00:00:00:02", "33:33:00:00:00:01", "00:00:00:00:00:00"];
/** Hostile names: controls, an escape sequence, quotes and backslashes, one as long as names get. */
const NAMES = [
  ...["office.example.org", "tv.example.net", "a", "xn--bcher-kva.example"].map((name) => name),
  ...[[0x1b, 0x5b, 0x32, 0x4a], [0x0a, 0x22, 0x5c, 0x00], [0xe2, 0x80, 0xae]].map((label) => nameOf([label])),
  nameOf([63, 63, 63, 61].map((length) => Array<number>(length).fill(0xff))),
  nameOf([63, 63, 63, 61].map((length) => Array<number>(length).fill(0x61))),
];
const MIF_IDS = [
  { idType: 1, id: "4176b877-e8be-8242-9540-6ea13a3a1d60" },
  { idType: 2, id: "žutić" },
  { idType: 4, id: "cf44e119-7e3f-e302-549b-82a9c6fd6210" },
  { idType: 5, id: "mif.example.org" },
] as const;
/** One message in so many has this many options of one kind, so that the caps are met. */
const CROWDED = 6;
const CROWDS = [100, 300, 10, 30, 10, 2, 7, 3];

function nameOf(labels: readonly (readonly number[])[]): string {
  const wire = Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]);
  const read = readName(wire, 0, wire.length);
  return read.ok ? read.name : "unreadable.example";
}

/** An ICMPv6 Router Advertisement that parses, without its checksum. `theme` not null: of that PvD alone. */
export function compose(random: Random, theme: string | null = null): Uint8Array {
  const options = leaves(random);
  for (;;) {
    const message = {
      type: "routerAdvertisement",
      header: header(random),
      options: around(random, options, theme),
    };
    try {
      return buildMessage({ ...message, type: "routerAdvertisement" }, null);
    } catch (error) {
      if (!(error instanceof RangeError) || options.length === 0) throw error;
      // Too long for an option or a message.
      options.splice(options.length >> 1);
    }
  }
}

function header(random: Random): RaHeader {
  return {
    curHopLimit: random(256),
    managed: chance(random, 2),
    otherConfig: chance(random, 2),
    homeAgent: chance(random, 2),
    preference: pick(random, PREFERENCES),
    proxy: chance(random, 2),
    snac: chance(random, 2),
    routerLifetimeS: pick(random, ROUTER_LIFETIMES_S),
    reachableTimeMs: random(3_600_000),
    retransTimerMs: random(10_000),
  };
}

/** The options as nobody's in particular, inside a PvD option, or inside containers. */
function around(random: Random, options: readonly NdOption[], theme: string | null): NdOption[] {
  const cut = random(options.length + 1);
  const [outside, inside] = [options.slice(0, cut), options.slice(cut)];
  switch (theme === null ? random(4) : 3) {
    case 0:
      return [...options];
    case 1: {
      const both: MifContainerOption[] = [
        {
          type: "mifContainer",
          options: [{ type: "mifId", ...pick(random, MIF_IDS.slice(0, 2)) }, ...inside],
        },
        { type: "mifContainer", options: [{ type: "mifId", ...pick(random, MIF_IDS.slice(2)) }] },
      ];
      return [...outside, ...both];
    }
    default: {
      const pvd: PvdOption = {
        type: "pvd",
        name: theme ?? name(random),
        http: chance(random, 2),
        legacy: chance(random, 2),
        delay: random(16),
        sequence: random(4),
        header: chance(random, 2) ? header(random) : null,
        options: inside,
      };
      return [...outside, pvd];
    }
  }
}

function leaves(random: Random): NdOption[] {
  if (!chance(random, CROWDED)) return Array.from({ length: random(7) }, () => leaf(random, random(8)));
  // A crowd of one kind meets that kind's cap.
  const kind = random(8);
  return Array.from({ length: CROWDS[kind] ?? 0 }, () => leaf(random, kind));
}

function leaf(random: Random, kind: number): NdOption {
  const lifetimeS = pick(random, LIFETIMES_S);
  switch (kind) {
    case 0:
      return prefix(random);
    case 1:
      return { type: "route", prefix: routePrefix(random), preference: pick(random, PREFERENCES), lifetimeS };
    case 2:
      return { type: "rdnss", addresses: some(random, 4, () => resolver(random)), lifetimeS };
    case 3:
      return { type: "dnssl", domains: some(random, 3, () => name(random)), lifetimeS };
    case 4: {
      const network = (random(8) + 1).toString(16);
      return { type: "pref64", prefix: `64:ff9b:${network}::/96`, lifetimeS: random(8192) * 8 };
    }
    case 5:
      return { type: "captivePortal", uri: pick(random, PORTALS) };
    case 6:
      return {
        type: "encryptedDns",
        priority: 1 + random(3),
        lifetimeS,
        authenticationName: name(random),
        addresses: chance(random, 4) ? [] : some(random, 3, () => resolver(random)),
        parameters: new Uint8Array(chance(random, 4) ? random(1700) : random(3)).fill(0xff),
      };
    default:
      return chance(random, 2)
        ? { type: "mtu", mtu: pick(random, [0, 1279, 1280, 1500, 9000, 65_535, 0xffff_ffff]) }
        : { type: "sourceLinkLayerAddress", address: pick(random, MACS) };
  }
}

/** A name, of few. */
export function name(random: Random): string {
  return chance(random, 2) ? pick(random, NAMES) : `d${random(40)}.example.org`;
}

function prefix(random: Random): NdOption {
  const network = `2001:db8:${(random(48) + 1).toString(16)}`;
  const [address, length] = pick(
    random,
    [
      [`${network}::`, 64],
      [`${network}::`, 64],
      [`${network}::`, 48],
      ["2001:db8:1:2:3:4:5:6", 128],
      ["::", 0],
    ] as const,
  );
  return {
    type: "prefix",
    prefix: `${address}/${length}`,
    address,
    onLink: !chance(random, 4),
    autonomous: !chance(random, 4),
    routerAddress: false,
    dhcpv6Pd: false,
    validS: pick(random, LIFETIMES_S),
    preferredS: pick(random, LIFETIMES_S),
  };
}

function routePrefix(random: Random): string {
  return chance(random, 4)
    ? "::/0"
    : `2001:db8:${(random(100) + 1).toString(16)}::/${pick(random, [48, 64])}`;
}

function resolver(random: Random): string {
  return `${pick(random, ["2001:db8::", "fe80::"])}${(random(12) + 1).toString(16)}`;
}

function some<T>(random: Random, most: number, one: () => T): T[] {
  return Array.from({ length: 1 + random(most) }, one);
}
