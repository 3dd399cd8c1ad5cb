// Packets of the links' router sockets become advertisements: counted, compared with the one before, parsed, and passed
// on as plain values. Nothing that is in a packet ends it. Reads those sockets.

import { escapeText } from "../lib/escape.ts";
import { type ReceivedIcmp6, receiveIcmp6 } from "../lib/linux/icmp6.ts";
import { domainAdvertisements, outerAdvertisement } from "../lib/ndp/domains.ts";
import { parseMessage } from "../lib/ndp/parse.ts";
import type { DomainAdvertisement, RouterAdvertisement } from "../lib/ndp/types.ts";
import type { AdvertisementCache, Said } from "./advertisement_cache.ts";
import type { Refusal } from "./events/refusals.ts";
import { describeError, isToldOf, type Log } from "./log.ts";
import type { Hearing } from "./state/hear.ts";

const MAX_PACKET_BYTES = 65_536;
/** Routers of one link whose link-layer addresses are kept: more than any link has, less than a flood sends. */
const MAX_ROUTER_MACS = 64;
/** Six octets, the group bit clear, not all of them zero. */
const UNICAST_MAC = /^(?!00(:00){5}$)[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/;

/** What was counted: StatusView's `advertisements` without the refusals. */
export interface AdvertisementCounts {
  received: number;
  coalesced: number;
  invalid: number;
  /** By reason, of which there are a dozen. */
  readonly invalidReasons: Record<string, number>;
  lastProblem: string | null;
  passedOver: number;
  lastPassedOver: string | null;
}

export function noAdvertisements(): AdvertisementCounts {
  const counts = { received: 0, coalesced: 0, invalid: 0, invalidReasons: {}, lastProblem: null };
  return { ...counts, passedOver: 0, lastPassedOver: null };
}

/** A link as far as what is heard on it goes. */
export interface HeardLink {
  readonly facts: { readonly name: string; readonly index: number; readonly mtu: number };
  readonly cache: AdvertisementCache;
  /** Link-layer addresses of routers, by their link-local address; the longest known goes first. */
  readonly routerMacs: Map<string, string>;
}

export interface ReceiverOptions {
  readonly now: () => number;
  readonly log: Log;
  /** Addresses of this host's own on any link: its own advertisements are nobody's. */
  readonly ownAddresses: () => ReadonlySet<string>;
  /** `outer` is what it says to hosts that know no PvDs. */
  readonly onAdvertisement: (
    hearing: Hearing,
    advertisements: readonly DomainAdvertisement[],
    outer: DomainAdvertisement,
  ) => void;
  /** An invalid one. */
  readonly onRefused?: (refusal: Refusal) => void;
  /** A router has another link-layer address than before; told after the advertisement. */
  readonly onRouterMac: (linkIndex: number, router: string) => void;
}

export class Receiver {
  readonly counts = noAdvertisements();
  readonly #options: ReceiverOptions;
  readonly #buffer = new Uint8Array(MAX_PACKET_BYTES);

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** One packet of the link's socket; false: none waits. Throws LinuxError (ENETDOWN). */
  receive(link: HeardLink, fd: number): boolean {
    const packet = receiveIcmp6(fd, this.#buffer);
    if (packet === null) return false;
    if (packet.linkIndex === link.facts.index) {
      this.heard(link, this.#buffer.subarray(0, packet.length), packet);
    }
    return true;
  }

  /** One packet of the link. Nothing that is in it may stop discovery; the parser needs no such net, it is here all
   * the same. */
  heard(link: HeardLink, bytes: Uint8Array, envelope: ReceivedIcmp6): void {
    this.counts.received++;
    try {
      this.#packet(link, bytes, envelope);
    } catch (error) {
      this.#invalid(link, envelope.source, "a defect in pvd", `unexpected: ${describeError(error)}`);
      this.#options.log("error", `advertisement on ${escapeText(link.facts.name)}: ${describeError(error)}`);
    }
  }

  #packet(link: HeardLink, bytes: Uint8Array, { source, hopLimit, fragmented }: ReceivedIcmp6): void {
    const now = this.#options.now();
    const known = hopLimit === 255 && !fragmented ? link.cache.find(source, bytes) : null;
    if (known !== null) {
      this.counts.coalesced++;
      if (link.cache.renew(known, now)) this.#advertised(link, source, now, known.said);
      return;
    }
    const parsed = parseMessage(bytes, { source, hopLimit, fragmented });
    if (!parsed.ok) return this.#invalid(link, source, parsed.reason, parsed.problem);
    const { message } = parsed;
    if (message.type !== "routerAdvertisement") {
      return this.#invalid(link, source, "not a Router Advertisement");
    }
    if (this.#options.ownAddresses().has(source)) {
      return this.#invalid(link, source, "sent by this host itself");
    }
    this.#passedOver(link, source, message.ignored);
    const said = {
      advertisements: domainAdvertisements(message),
      outer: outerAdvertisement(message),
      mac: toldMac(message),
    };
    link.cache.remember(source, bytes, said, now);
    this.#advertised(link, source, now, said);
  }

  #invalid(link: HeardLink, source: string, reason: string, problem = reason): void {
    this.counts.invalid++;
    this.counts.invalidReasons[reason] = (this.counts.invalidReasons[reason] ?? 0) + 1;
    this.counts.lastProblem = problem;
    this.#options.onRefused?.({ link: link.facts.name, source, reason, problem });
  }

  /** It is taken without some of its options. */
  #passedOver(link: HeardLink, source: string, [sentence]: readonly string[]): void {
    if (sentence === undefined) return;
    const count = ++this.counts.passedOver;
    this.counts.lastPassedOver = sentence;
    if (!isToldOf(count)) return;
    const whose = `${escapeText(source)} on ${escapeText(link.facts.name)}`;
    this.#options.log(
      "warning",
      `an advertisement of ${whose} is taken without some of its options (${count} by now): ${sentence}`,
    );
  }

  #advertised(link: HeardLink, router: string, now: number, { advertisements, outer, mac }: Said): void {
    const isNews = rememberMac(link.routerMacs, router, mac);
    const { name, index, mtu } = link.facts;
    const hearing = { link: name, linkIndex: index, router, now, linkMtu: mtu };
    this.#options.onAdvertisement(hearing, advertisements, outer);
    if (isNews) this.#options.onRouterMac(index, router);
  }
}

/** RFC 4861 6.3.4: the advertisement tells the router's link-layer address. */
function toldMac({ options }: RouterAdvertisement): string | undefined {
  return options.find((option) => option.type === "sourceLinkLayerAddress")?.address;
}

/** Whether it is another than before. */
function rememberMac(macs: Map<string, string>, source: string, said: string | undefined): boolean {
  if (said === undefined || !UNICAST_MAC.test(said)) return false;
  const before = macs.get(source);
  macs.set(source, said);
  for (const oldest of macs.keys()) {
    if (macs.size <= MAX_ROUTER_MACS) break;
    macs.delete(oldest);
  }
  return before !== undefined && before !== said;
}
