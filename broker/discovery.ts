// The links and their routers: which links there are, a router socket from the helper for each that is wanted,
// solicitations sent, advertisements heard. What they say goes on as plain values; no packet, and no failing link,
// ends it.

import { EPOLLIN } from "../lib/linux/abi.ts";
import { close } from "../lib/linux/fd.ts";
import { type ReceivedIcmp6, receiveIcmp6 } from "../lib/linux/icmp6.ts";
import type { LinkEvent } from "../lib/linux/links.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { escapeText } from "../lib/escape.ts";
import { domainAdvertisements, outerAdvertisement } from "../lib/ndp/domains.ts";
import { parseMessage } from "../lib/ndp/parse.ts";
import type { DomainAdvertisement, RouterAdvertisement } from "../lib/ndp/types.ts";
import type { InterfaceKind, StatusView } from "../lib/protocol.ts";
import { AdvertisementCache, type Said } from "./advertisement_cache.ts";
import type { Refusal } from "./events/refusals.ts";
import type { Helper } from "./helper_client.ts";
import type { ChooseLink } from "./link_chooser.ts";
import { describeError, type Log } from "./log.ts";
import { Solicitor } from "./solicitor.ts";
import type { Hearing } from "./state/hear.ts";
import { type After, backOffMs, type Cancel } from "./timers.ts";
import type { DomainLink } from "./wanted.ts";

const DEFAULT_ROUTE = "::/0";
/** Packets of one link handled before others get their turn: in a flood a client waits for so many, each some 10 µs. */
const PACKETS_PER_TURN = 16;
const MAX_PACKET_BYTES = 65_536;
/** Routers of one link whose link-layer addresses are kept: more than any link has, less than a flood sends. */
const MAX_ROUTER_MACS = 64;
/** Six octets, the group bit clear, not all of them zero. */
const UNICAST_MAC = /^(?!00(:00){5}$)[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/;
const FIRST_RETRY_MS = 500;
const MOST_RETRY_MS = 30_000;

interface Link {
  facts: LinkEvent;
  interfaceKind: InterfaceKind;
  readonly cache: AdvertisementCache;
  /** Link-layer addresses of routers, by their link-local address; the longest known goes first. */
  readonly routerMacs: Map<string, string>;
  socket: number | null;
  opening: boolean;
  problem: string | null;
  failures: number;
  readonly solicitor: Solicitor;
  cancelRetry: Cancel;
}

export interface DiscoveryOptions {
  readonly reactor: Pick<Reactor, "add" | "remove">;
  readonly helper: Helper;
  readonly now: () => number;
  readonly after: After;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly choose: ChooseLink;
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
  readonly onLinkGone: (linkIndex: number, why: string) => void;
  /** It has another MTU or kind, or came up again: what depends on it is to be looked at again. */
  readonly onLinkChanged: (linkIndex: number) => void;
  /** It has its carrier again: what is at its other end may be another network. */
  readonly onLinkUp?: (linkIndex: number) => void;
}

/** What was counted: StatusView's `advertisements` without the refusals. */
export interface AdvertisementCounts {
  received: number;
  coalesced: number;
  invalid: number;
  /** By reason, of which there are a dozen. */
  readonly invalidReasons: Record<string, number>;
  lastProblem: string | null;
}

export class Discovery {
  readonly counts: AdvertisementCounts = {
    ...{ received: 0, coalesced: 0, invalid: 0 },
    invalidReasons: {},
    lastProblem: null,
  };
  readonly #options: DiscoveryOptions;
  readonly #links = new Map<number, Link>();
  readonly #buffer = new Uint8Array(MAX_PACKET_BYTES);

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** What rtnetlink said of a link. */
  linkEvent(event: LinkEvent): void {
    const prior = this.#links.get(event.index);
    if (event.type === "gone") {
      if (prior !== undefined) this.#drop(prior, `${escapeText(event.name)} is gone`);
      return;
    }
    if (prior !== undefined && prior.facts.name !== event.name) {
      // Domains are kept by the link's name: under another name it is another link.
      this.#drop(prior, `${escapeText(prior.facts.name)} is now called ${escapeText(event.name)}`);
    }
    const link = this.#links.get(event.index);
    const kind = this.#options.choose(event);
    if (kind === null) {
      const name = escapeText(event.name);
      const why = event.master === null ? "not to be listened on any more" : "now a port of another link";
      if (link !== undefined) this.#drop(link, `${name} is ${why}`);
    } else if (link === undefined) {
      this.#adopt(event, kind);
    } else {
      this.#changed(link, event, kind);
    }
  }

  #changed(link: Link, event: LinkEvent, kind: InterfaceKind): void {
    const before = link.facts;
    const isNews = before.mtu !== event.mtu || link.interfaceKind !== kind;
    link.facts = event;
    link.interfaceKind = kind;
    const cameUp = event.running && (!before.running || event.carrierUps > before.carrierUps);
    if (isNews || cameUp) this.#options.onLinkChanged(event.index);
    if (cameUp) this.#options.onLinkUp?.(event.index);
    if (cameUp) link.solicitor.attached();
    else if (before.running && !event.running) link.solicitor.stop();
  }

  /** The machine slept: at the other end of each link may be another network, or one that forgot this host. */
  resumed(): void {
    for (const link of this.#links.values()) {
      if (link.facts.running) link.solicitor.attached();
    }
  }

  /** The helper is there (again): ask for the sockets that are missing, without waiting for their back-off. */
  helperConnected(): void {
    for (const link of this.#links.values()) {
      link.failures = 0;
      this.#openSocket(link);
    }
  }

  /** Asks the routers now. False: no such link is listened to. */
  solicit(name: string | null): boolean {
    const links = [...this.#links.values()].filter((link) => name === null || link.facts.name === name);
    for (const link of links) link.solicitor.start();
    return name === null || links.length > 0;
  }

  /** The link's last default router is gone: perhaps there is another. */
  routerLost(linkIndex: number): void {
    const link = this.#links.get(linkIndex);
    if (link !== undefined && link.facts.running && !link.solicitor.active) {
      link.solicitor.start();
    }
  }

  linkOf(linkIndex: number): DomainLink | null {
    const link = this.#links.get(linkIndex);
    if (link === undefined) return null;
    const { name, index, mtu } = link.facts;
    const { routerMacs, interfaceKind } = link;
    return { name, index, mtu, routerMacs, interfaceKind };
  }

  views(): StatusView["links"] {
    return [...this.#links.values()].map(({ facts, socket, problem }) => ({
      name: facts.name,
      index: facts.index,
      up: facts.running,
      listening: socket !== null,
      problem,
    }));
  }

  stop(): void {
    for (const link of this.#links.values()) this.#closeLink(link);
    this.#links.clear();
  }

  #adopt(facts: LinkEvent, interfaceKind: InterfaceKind): void {
    const link: Link = {
      facts,
      interfaceKind,
      cache: new AdvertisementCache(),
      routerMacs: new Map(),
      socket: null,
      opening: false,
      problem: "waiting for the helper",
      failures: 0,
      solicitor: new Solicitor({ ...this.#options, target: () => ({ socket: link.socket, ...link.facts }) }),
      cancelRetry: () => {},
    };
    this.#links.set(facts.index, link);
    this.#options.log("info", `link ${escapeText(facts.name)}: ${facts.running ? "up" : "no carrier yet"}`);
    this.#openSocket(link);
    if (facts.running) link.solicitor.attached();
  }

  #drop(link: Link, why: string): void {
    this.#closeLink(link);
    this.#links.delete(link.facts.index);
    this.#options.onLinkGone(link.facts.index, why);
  }

  #closeLink(link: Link): void {
    link.cancelRetry();
    link.solicitor.stop();
    this.#closeSocket(link);
  }

  #closeSocket(link: Link): void {
    if (link.socket === null) return;
    this.#options.reactor.remove(link.socket);
    close(link.socket);
    link.socket = null;
  }

  #isCurrent(link: Link): boolean {
    return this.#links.get(link.facts.index) === link;
  }

  #openSocket(link: Link): void {
    if (link.socket !== null || link.opening || this.#options.helper.problem !== null) return;
    link.opening = true;
    link.cancelRetry();
    const { name, index } = link.facts;
    const request = { type: "openRouterSocket", link: name, linkIndex: index } as const;
    void this.#options.helper.request(request).then((answer) => {
      link.opening = false;
      if (!answer.ok) return this.#socketFailed(link, answer.message);
      const [fd] = answer.fds;
      if (fd === undefined) return;
      if (!this.#isCurrent(link)) return close(fd);
      this.#listen(link, fd);
    });
  }

  #listen(link: Link, fd: number): void {
    try {
      this.#options.reactor.add(fd, EPOLLIN, () => this.#readable(link, fd));
    } catch (error) {
      close(fd);
      return this.#socketFailed(link, describeError(error));
    }
    link.socket = fd;
    link.problem = null;
    link.failures = 0;
    link.solicitor.sendWhenDue();
  }

  #socketFailed(link: Link, problem: string): void {
    if (!this.#isCurrent(link)) return;
    if (link.problem !== problem) {
      this.#options.log("warning", `cannot listen on ${escapeText(link.facts.name)}: ${escapeText(problem)}`);
    }
    link.problem = problem;
    const delay = backOffMs(link.failures++, FIRST_RETRY_MS, MOST_RETRY_MS);
    link.cancelRetry();
    link.cancelRetry = this.#options.after(delay, () => this.#openSocket(link));
  }

  #readable(link: Link, fd: number): void {
    try {
      for (let count = 0; count < PACKETS_PER_TURN && link.socket === fd; count++) {
        const packet = receiveIcmp6(fd, this.#buffer);
        if (packet === null) return;
        if (packet.linkIndex !== link.facts.index) continue;
        this.#guardedPacket(link, this.#buffer.subarray(0, packet.length), packet);
      }
    } catch (error) {
      // The link went down or away: its event says so too. Until then, not in a busy loop.
      this.#closeSocket(link);
      this.#socketFailed(link, describeError(error));
    }
  }

  /** Nothing that is in a packet may stop discovery; the parser needs no such net, it is here all the same. */
  #guardedPacket(link: Link, bytes: Uint8Array, envelope: ReceivedIcmp6): void {
    this.counts.received++;
    try {
      this.#packet(link, bytes, envelope);
    } catch (error) {
      this.#invalid(link, envelope.source, "a defect in pvd", `unexpected: ${describeError(error)}`);
      this.#options.log("error", `advertisement on ${escapeText(link.facts.name)}: ${describeError(error)}`);
    }
  }

  #packet(link: Link, bytes: Uint8Array, { source, hopLimit, fragmented }: ReceivedIcmp6): void {
    const now = this.#options.now();
    const known = hopLimit === 255 && !fragmented ? link.cache.find(source, bytes) : null;
    if (known !== null) {
      this.counts.coalesced++;
      if (link.cache.renew(known, now)) this.#heard(link, source, now, known.said);
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
    const said = { advertisements: domainAdvertisements(message), outer: outerAdvertisement(message) };
    link.cache.remember(source, bytes, said, now);
    const isNews = this.#rememberMac(link, source, message);
    this.#heard(link, source, now, said);
    if (isNews) this.#options.onLinkChanged(link.facts.index);
  }

  /** RFC 4861 6.3.4: the advertisement tells the router's link-layer address. Whether it is another than before. */
  #rememberMac(link: Link, source: string, { options }: RouterAdvertisement): boolean {
    const said = options.find((option) => option.type === "sourceLinkLayerAddress")?.address;
    if (said === undefined || !UNICAST_MAC.test(said)) return false;
    const before = link.routerMacs.get(source);
    link.routerMacs.set(source, said);
    for (const oldest of link.routerMacs.keys()) {
      if (link.routerMacs.size <= MAX_ROUTER_MACS) break;
      link.routerMacs.delete(oldest);
    }
    return before !== undefined && before !== said;
  }

  #invalid(link: Link, source: string, reason: string, problem = reason): void {
    this.counts.invalid++;
    this.counts.invalidReasons[reason] = (this.counts.invalidReasons[reason] ?? 0) + 1;
    this.counts.lastProblem = problem;
    this.#options.onRefused?.({ link: link.facts.name, source, reason, problem });
  }

  #heard(link: Link, router: string, now: number, { advertisements, outer }: Said): void {
    // RFC 7559 2.1: what gives no default route does not end the asking.
    if (advertisements.some(givesDefaultRoute)) link.solicitor.stop();
    const { name, index } = link.facts;
    this.#options.onAdvertisement({ link: name, linkIndex: index, router, now }, advertisements, outer);
  }
}

/** RFC 4191 3.1: a ::/0 route option overrides the header's lifetime, which is the inner one's where RFC 8801 has one. */
function givesDefaultRoute({ header, routes }: DomainAdvertisement): boolean {
  const option = routes.find((route) => route.prefix === DEFAULT_ROUTE);
  return (option?.lifetimeS ?? header.routerLifetimeS) > 0;
}
