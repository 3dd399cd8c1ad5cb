// Hears from the kernel when another host on the link has an address of a domain (RFC 4862 5.4), and tells the broker,
// which has the next one. The interface's own link-local address is the kernel's to make, so it is tried again here.
// Touches one netlink socket a domain, opened in its namespace, and that one address.

import { EPOLLIN } from "../lib/linux/abi.ts";
import { readDuplicates } from "../lib/linux/address_monitor.ts";
import { close } from "../lib/linux/fd.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { isLinkLocal, parseIpv6 } from "../lib/ip.ts";
import type { WantedDomain } from "../lib/protocol.ts";
import { explain, Failure } from "./failure.ts";
import { addressesOf, domainInterface, restartLinkLocal } from "./kernel_state.ts";
import { log } from "./log.ts";

export class AddressWatch {
  readonly #reactor: Pick<Reactor, "add" | "remove">;
  readonly #onDuplicate: (handle: string, address: string) => void;
  /** By handle. */
  readonly #monitors = new Map<string, number>();
  /** Domains whose link-local address another host had when it was last tried. */
  readonly #withoutLinkLocal = new Set<string>();

  constructor(
    reactor: Pick<Reactor, "add" | "remove">,
    onDuplicate: (handle: string, address: string) => void,
  ) {
    this.#reactor = reactor;
    this.#onDuplicate = onDuplicate;
  }

  /** Takes over `monitor` (openDuplicateMonitor, in the domain's namespace). `netlink` is where an earlier helper's
   * domain is looked at; null: it is new. */
  add(handle: string, monitor: number, netlink: number | null): void {
    this.#monitors.set(handle, monitor);
    this.#reactor.add(monitor, EPOLLIN, () => this.#heard(handle, monitor));
    const facts = netlink === null ? null : domainInterface(netlink);
    if (netlink === null || facts === null) return;
    if (addressesOf(netlink, facts.index).some((each) => each.dadFailed && isLinkLocalText(each.address))) {
      this.#withoutLinkLocal.add(handle);
    }
  }

  remove(handle: string): void {
    const monitor = this.#monitors.get(handle);
    this.#withoutLinkLocal.delete(handle);
    if (monitor === undefined) return;
    this.#monitors.delete(handle);
    this.#reactor.remove(monitor);
    close(monitor);
  }

  /** Throws Failure while another host has the link-local address of interface `index`: without one a domain cannot
   * reach its routers. Each call that finds it so begins its detection anew. */
  checkLinkLocal(handle: string, netlink: number, index: number, wanted: WantedDomain): void {
    if (!this.#withoutLinkLocal.has(handle)) return;
    const address = addressesOf(netlink, index).find((each) => isLinkLocalText(each.address));
    if (address === undefined || (!address.tentative && !address.dadFailed)) {
      this.#withoutLinkLocal.delete(handle);
      return;
    }
    if (address.dadFailed) restartLinkLocal(netlink, index, address);
    throw new Failure(
      "failed",
      `${wanted.id}: another host on ${wanted.link} has the link-local address ${address.address}, ` +
        `which comes from this domain's MAC address; it is tried again, find that host`,
    );
  }

  #heard(handle: string, monitor: number): void {
    try {
      for (let found = readDuplicates(monitor); found !== null; found = readDuplicates(monitor)) {
        for (const address of new Set(found)) this.#duplicate(handle, address);
      }
    } catch (error) {
      // A socket that fails again and again must not keep the loop busy.
      log("error", `${handle}: duplicate addresses are no longer heard of: ${explain(error).message}`);
      this.remove(handle);
    }
  }

  #duplicate(handle: string, address: string): void {
    log("warning", `${handle}: another host has ${address}`);
    if (isLinkLocalText(address)) this.#withoutLinkLocal.add(handle);
    this.#onDuplicate(handle, address);
  }
}

function isLinkLocalText(text: string): boolean {
  const address = parseIpv6(text);
  return address !== null && isLinkLocal(address);
}
