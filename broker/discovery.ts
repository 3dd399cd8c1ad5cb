// The links and their routers: which links there are, a router socket from the helper for each that is wanted,
// solicitations sent, advertisements heard. What they say goes on as plain values; no packet, and no failing link,
// ends it.

import { escapeText } from "../lib/escape.ts";
import type { LinkEvent } from "../lib/linux/links.ts";
import type { InterfaceKind, StatusView } from "../lib/protocol.ts";
import { AdvertisementCache } from "./advertisement_cache.ts";
import type { ChooseLink } from "./link_chooser.ts";
import { ipv6Problem } from "./link_ipv6.ts";
import { type AdvertisementCounts, type HeardLink, Receiver, type ReceiverOptions } from "./receiver.ts";
import { RouterSearch } from "./router_search.ts";
import { RouterSocket, type RouterSocketOptions } from "./router_socket.ts";
import type { DomainLink } from "./wanted.ts";

interface Link extends HeardLink {
  facts: LinkEvent;
  interfaceKind: InterfaceKind;
  readonly socket: RouterSocket;
  readonly search: RouterSearch;
}

export interface DiscoveryOptions
  extends Pick<RouterSocketOptions, "reactor" | "helper" | "after" | "log">, ReceiverOptions {
  /** 0 to 1. */
  readonly random: () => number;
  readonly choose: ChooseLink;
  readonly onLinkGone: (linkIndex: number, why: string) => void;
  /** It has another MTU or kind, or came up again: what depends on it is to be looked at again. */
  readonly onLinkChanged: (linkIndex: number) => void;
  /** It has its carrier again: what is at its other end may be another network. */
  readonly onLinkUp?: (linkIndex: number) => void;
  /** Whether something that was known of it before it came up was not said again yet. */
  readonly isUnconfirmed?: (linkIndex: number) => boolean;
}

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #links = new Map<number, Link>();
  readonly #receiver: Receiver;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#receiver = new Receiver({
      ...options,
      onAdvertisement: (hearing, advertisements, outer) => {
        this.#links.get(hearing.linkIndex)?.search.heard(hearing, advertisements);
        options.onAdvertisement(hearing, advertisements, outer);
      },
    });
  }

  get counts(): AdvertisementCounts {
    return this.#receiver.counts;
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
    if (cameUp) {
      link.cache.nextIsNews();
      this.#options.onLinkUp?.(event.index);
    }
    if (before.ipv6 !== event.ipv6) this.#ipv6Changed(link);
    if (hears(event) && (cameUp || !hears(before))) link.search.attached();
    else if (hears(before) && !hears(event)) link.search.detached();
  }

  #ipv6Changed(link: Link): void {
    this.#logIpv6(link.facts);
    if (link.facts.ipv6 !== "on") return;
    this.#options.log("info", `${escapeText(link.facts.name)}: IPv6 is on again`);
    link.socket.openAtOnce();
  }

  #logIpv6(facts: LinkEvent): void {
    const problem = ipv6Problem(facts);
    if (problem !== null) this.#options.log("warning", escapeText(`${facts.name}: ${problem}`));
  }

  /** The machine slept: at the other end of each link may be another network, or one that forgot this host. */
  resumed(): void {
    for (const link of this.#links.values()) {
      link.cache.nextIsNews();
      if (hears(link.facts)) link.search.attached();
    }
  }

  /** All that was known of the link when it came up was said again, or has ended. */
  confirmed(linkIndex: number): void {
    this.#links.get(linkIndex)?.search.confirmed();
  }

  /** The helper is there (again): ask for the sockets that are missing, without waiting for their back-off. */
  helperConnected(): void {
    for (const link of this.#links.values()) link.socket.openAtOnce();
  }

  /** Asks the routers now. False: no such link is listened to. */
  solicit(name: string | null): boolean {
    const links = [...this.#links.values()].filter((link) => name === null || link.facts.name === name);
    for (const link of links) if (link.facts.ipv6 === "on") link.search.start();
    return name === null || links.length > 0;
  }

  linkIndexes(): number[] {
    return [...this.#links.keys()];
  }

  linkOf(linkIndex: number): DomainLink | null {
    const link = this.#links.get(linkIndex);
    if (link === undefined) return null;
    const { name, index, mtu } = link.facts;
    const { routerMacs, interfaceKind } = link;
    return { name, index, mtu, routerMacs, interfaceKind };
  }

  views(): StatusView["links"] {
    return [...this.#links.values()].map(({ facts, socket }) => ({
      name: facts.name,
      index: facts.index,
      up: facts.running,
      ipv6: facts.ipv6 === "on",
      listening: socket.fd !== null && facts.ipv6 === "on",
      problem: ipv6Problem(facts) ?? socket.problem,
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
      socket: new RouterSocket(facts, {
        ...this.#options,
        isUseful: () => link.facts.ipv6 !== "none",
        receive: (fd) => this.#receiver.receive(link, fd),
        onOpen: () => link.search.sendWhenDue(),
      }),
      search: new RouterSearch({
        ...this.#options,
        target: () => ({ ...link.facts, socket: link.socket.fd }),
        isUnconfirmed: () => this.#options.isUnconfirmed?.(facts.index) ?? false,
      }),
    };
    this.#links.set(facts.index, link);
    this.#options.log("info", `link ${escapeText(facts.name)}: ${facts.running ? "up" : "no carrier yet"}`);
    this.#logIpv6(facts);
    link.socket.open();
    if (hears(facts)) link.search.attached();
  }

  #drop(link: Link, why: string): void {
    this.#closeLink(link);
    this.#links.delete(link.facts.index);
    this.#options.onLinkGone(link.facts.index, why);
  }

  #closeLink(link: Link): void {
    link.socket.close();
    link.search.detached();
  }
}

/** Whether a router's advertisement can come in, and a solicitation get out. */
function hears({ running, ipv6 }: LinkEvent): boolean {
  return running && ipv6 === "on";
}
