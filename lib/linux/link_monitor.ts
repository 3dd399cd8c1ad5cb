// The links of this namespace, and each change, none of them missed: the kernel drops events when nobody reads for
// long (netlink(7), ENOBUFS), so after that all links are asked for again, and those that are not among them are gone.
// A link on which IPv6 is switched on or off is asked for too. Needs no privilege.

import { LinuxError } from "./error.ts";
import { close } from "./fd.ts";
import { linkOfIpv6Switch, ONLY_IPV6_ON_LINKS, RTMGRP_IPV6_ROUTE } from "./link_ipv6.ts";
import { type LinkEvent, linkEvent, ONE_LINK, requestLink, requestLinkDump, RTMGRP_LINK } from "./links.ts";
import { type NetlinkMessage, NLMSG_DONE, NLMSG_ERROR } from "./netlink.ts";
import { ENOBUFS, openNetlink, receiveNetlink } from "./netlink_socket.ts";
import { attachFilter } from "./socket_filter.ts";

/** Links came or went while the dump was made (linux/netlink.h): it may be wrong. */
const NLM_F_DUMP_INTR = 0x10;

export class LinkMonitor {
  /** Becomes readable when something changes; all links there are come first. */
  readonly fd = openNetlink(RTMGRP_LINK | RTMGRP_IPV6_ROUTE);
  readonly #roll = new LinkRoll(
    () => requestLinkDump(this.fd),
    (index) => requestLink(this.fd, index),
  );

  /** Throws LinuxError. */
  constructor() {
    try {
      attachFilter(this.fd, ONLY_IPV6_ON_LINKS);
      this.#roll.callAgain();
    } catch (error) {
      close(this.fd);
      throw error;
    }
  }

  /** The changes that wait; null where none does. Throws LinuxError. */
  read(): LinkEvent[] | null {
    try {
      const messages = receiveNetlink(this.fd);
      return messages === null ? null : this.#roll.take(messages);
    } catch (error) {
      if (!(error instanceof LinuxError && error.errno === ENOBUFS)) throw error;
      this.#roll.callAgain();
      return [];
    }
  }

  close(): void {
    close(this.fd);
  }
}

/** Which links there are, by what the kernel said. Pure, but for the two requests. */
export class LinkRoll {
  readonly #requestDump: () => void;
  readonly #requestLink: (index: number) => void;
  readonly #links = new Map<number, LinkEvent>();
  /** Indexes that the dump under way has told of; null: none is under way. */
  #seen: Set<number> | null = null;
  #again = false;

  constructor(requestDump: () => void, requestLink: (index: number) => void) {
    this.#requestDump = requestDump;
    this.#requestLink = requestLink;
  }

  /** Events were lost: every link is called again. One dump at a time is all that a socket can have. */
  callAgain(): void {
    if (this.#seen !== null) {
      this.#again = true;
      return;
    }
    this.#seen = new Set();
    this.#requestDump();
  }

  /** What messages say, and at a dump's end which links went unnoticed. */
  take(messages: readonly NetlinkMessage[]): LinkEvent[] {
    return messages.flatMap((message) => {
      if ((message.flags & NLM_F_DUMP_INTR) !== 0) this.#again = true;
      if (message.type === NLMSG_DONE) return this.#dumped(this.#seen);
      // A link that went before the kernel was asked for it: its own event says so.
      if (message.type === NLMSG_ERROR && message.sequence === ONE_LINK) return [];
      // The kernel would not make the dump; nobody is gone for that.
      if (message.type === NLMSG_ERROR) return this.#dumped(null);
      const switched = linkOfIpv6Switch(message);
      if (switched !== null) this.#requestLink(switched);
      const event = linkEvent(message);
      if (event === null) return [];
      this.#note(event);
      return [event];
    });
  }

  #note(event: LinkEvent): void {
    if (event.type === "gone") {
      this.#links.delete(event.index);
      this.#seen?.delete(event.index);
      return;
    }
    this.#links.set(event.index, event);
    this.#seen?.add(event.index);
  }

  #dumped(seen: ReadonlySet<number> | null): LinkEvent[] {
    this.#seen = null;
    if (this.#again) {
      this.#again = false;
      this.callAgain();
      return [];
    }
    if (seen === null) return [];
    const gone = [...this.#links.values()].filter((link) => !seen.has(link.index));
    for (const link of gone) this.#links.delete(link.index);
    return gone.map((link) => ({ ...link, type: "gone" }));
  }
}
