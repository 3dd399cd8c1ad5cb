// What can happen to the broker's state, as plain values that a file can hold, and making up a row of it. Pure.

import { hex } from "../../lib/ndp/octets.ts";
import { bend } from "./bend.ts";
import { compose, name } from "./compose.ts";
import { asAdvertisement, bentPacket } from "./ndp_fuzz.ts";
import { chance, pick, type Random } from "./random.ts";

/** Links, routers, domains and prefixes are numbers; those that there are not, mean one that there is. */
export type Step =
  /** A packet, an ICMPv6 message in hex, from a router on a link. */
  | { readonly type: "hear"; readonly link: number; readonly router: number; readonly hex: string }
  /** Time passes, and each thing ends at its moment. */
  | { readonly type: "wait"; readonly ms: number }
  /** Time passes all at once, as while a machine sleeps; then what ended is taken out. */
  | { readonly type: "sleep"; readonly ms: number }
  /** Time passes, and the timer is late: nothing is taken out yet. */
  | { readonly type: "late"; readonly ms: number }
  | { readonly type: "linkGone"; readonly link: number }
  /** A link of the same name and another index, and nobody said that the old one went. */
  | { readonly type: "linkReplaced"; readonly link: number }
  /** An administrator ended a domain. */
  | { readonly type: "remove"; readonly domain: number }
  /** Another host has the address of a prefix; the next one is tried; all are tried again. */
  | {
    readonly type: "duplicate";
    readonly word: "found" | "next" | "again";
    readonly domain: number;
    readonly prefix: number;
  }
  /** The broker is started again with the state as it was stored. */
  | { readonly type: "restart" };

const MAX_STEPS = 60;
const WAITS_MS = [
  0,
  1,
  999,
  1000,
  1001,
  9000,
  60_000,
  7_199_000,
  7_200_000,
  7_201_000,
  86_400_000,
  2_000_000_000,
];

/** A row of steps; packets from `corpus` and made up ones, bent up to a few times. */
export function makeSteps(random: Random, corpus: readonly Uint8Array[]): Step[] {
  const known = [...corpus];
  // Some rows are about one PvD, so that many routers and many data come together in it.
  const theme = chance(random, 3) ? name(random) : null;
  return Array.from({ length: 1 + random(MAX_STEPS) }, () => makeStep(random, known, theme));
}

function makeStep(random: Random, known: Uint8Array[], theme: string | null): Step {
  const ms = theme !== null
    ? random(10_000)
    : chance(random, 2)
    ? pick(random, WAITS_MS)
    : random(20_000_000);
  switch (random(20)) {
    case 0:
    case 1:
    case 2:
      return { type: "wait", ms };
    case 3:
      return { type: "sleep", ms };
    case 4:
      return { type: "late", ms };
    case 5:
      return { type: chance(random, 2) ? "linkGone" : "linkReplaced", link: random(3) };
    case 6:
      return { type: "remove", domain: random(8) };
    case 7:
      return {
        type: "duplicate",
        word: pick(random, ["found", "next", "again"]),
        domain: random(8),
        prefix: random(4),
      };
    case 8:
      return { type: "restart" };
    default: {
      const bytes = makePacket(random, known, theme);
      // So that it is heard again, from others and bent further.
      if (chance(random, 2)) known.push(bytes);
      return {
        type: "hear",
        link: theme === null ? random(3) : 0,
        router: random(chance(random, 2) ? 3 : 40),
        hex: hex(bytes),
      };
    }
  }
}

function makePacket(random: Random, known: readonly Uint8Array[], theme: string | null): Uint8Array {
  if (chance(random, 4)) return bentPacket(known, random);
  let bytes = chance(random, 3) ? pick(random, known) : compose(random, theme);
  for (let harms = chance(random, 2) ? 0 : random(4); harms > 0; harms--) {
    bytes = bend(bytes, pick(random, known), random);
  }
  return asAdvertisement(bytes);
}
