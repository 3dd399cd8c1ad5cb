// What the kernel has in a domain's namespace, and how it is changed: through a netlink socket that was opened in
// that namespace and stays there, so that no namespace has to be entered for it.

import { DOMAIN_INTERFACE, type WantedDomain, type WantedNeighbor } from "../lib/protocol.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { EEXIST, ESRCH } from "../lib/linux/abi.ts";
import { linkDump } from "../lib/linux/links.ts";
import { NetlinkWriter } from "../lib/linux/netlink.ts";
import { requestAcknowledged, requestDump } from "../lib/linux/netlink_socket.ts";
import * as rt from "../lib/linux/rtnetlink.ts";
import { type Difference, difference } from "./difference.ts";
import { interfaceFailure, MIN_IPV6_MTU, tooSmall } from "./interface_failure.ts";

const LOOPBACK_INDEX = 1;

/** The domain's interface, or null where it is gone (with its link). */
export function domainInterface(netlink: number): rt.LinkFacts | null {
  for (const message of requestDump(netlink, linkDump())) {
    const facts = rt.linkFacts(message);
    if (facts?.name === DOMAIN_INTERFACE) return facts;
  }
  return null;
}

/** Makes the domain's interface on its link, from the host's side, directly inside the namespace; then sets it and
 * the loopback up. An interface that sits on another link, is of another kind or has another MAC is replaced. Throws
 * Failure where the link cannot have one of that kind, LinuxError. */
export function ensureInterface(
  home: number,
  domain: { namespace: number; netlink: number },
  wanted: WantedDomain,
  isNew: boolean,
): number {
  let facts = isNew ? null : domainInterface(domain.netlink);
  const wrongMac = facts !== null && wanted.mac !== null && facts.mac !== wanted.mac;
  const wrongPlace = facts?.parentIndex !== wanted.linkIndex || facts.kind !== wanted.interfaceKind;
  if (facts !== null && (wrongMac || wrongPlace)) {
    removeInterface(domain.netlink, facts.index);
    facts = null;
  }
  if (facts === null) {
    const writer = new NetlinkWriter();
    rt.newInterface(writer, 1, {
      kind: wanted.interfaceKind,
      name: DOMAIN_INTERFACE,
      parentIndex: wanted.linkIndex,
      mac: wanted.mac,
      mtu: wanted.mtu,
      namespaceFd: domain.namespace,
    });
    const [errno = 0] = requestAcknowledged(home, writer.bytes(), 1);
    if (errno !== 0 && errno !== EEXIST) throw interfaceFailure(errno, wanted.interfaceKind, wanted.link);
    facts = domainInterface(domain.netlink);
    if (facts === null) throw new Error(`the ${wanted.interfaceKind} on ${wanted.link} did not appear`);
    setUp(domain.netlink, LOOPBACK_INDEX, null);
  }
  if (wanted.mtu === null && facts.mtu < MIN_IPV6_MTU) throw tooSmall(wanted.link, facts.mtu);
  const mtu = wanted.mtu !== null && wanted.mtu !== facts.mtu ? wanted.mtu : null;
  if (!facts.up || mtu !== null) setUp(domain.netlink, facts.index, mtu);
  return facts.index;
}

/** Changes addresses and routes to the wanted ones, and nothing that is right already. Throws LinuxError. */
export function applyAddressing(netlink: number, index: number, wanted: WantedDomain, isNew: boolean): void {
  const actual = isNew ? NOTHING : actualAddressing(netlink, index);
  change(netlink, index, difference(actual, wanted), wanted.neighbors);
}

function change(
  netlink: number,
  index: number,
  what: Difference,
  neighbors: readonly WantedNeighbor[],
): void {
  const removals = new NetlinkWriter();
  let count = 0;
  for (const route of what.deleteRoutes) rt.deleteRoute(removals, ++count, index, route);
  for (const address of what.deleteAddresses) rt.deleteAddress(removals, ++count, index, address);
  // What is to be removed may have ended by itself in the meantime.
  if (count > 0) requestAcknowledged(netlink, removals.bytes(), count);
  const hints = new NetlinkWriter();
  count = 0;
  for (const neighbor of neighbors) rt.putRouterNeighbor(hints, ++count, index, neighbor);
  // Before there is an address to ask from, so that the kernel has no question of its own yet. They only save that
  // question; the kernel's table, one for all namespaces, may be full (ENOBUFS).
  if (count > 0) requestAcknowledged(netlink, hints.bytes(), count);
  const additions = new NetlinkWriter();
  count = 0;
  for (const address of what.putAddresses) rt.putAddress(additions, ++count, index, address);
  for (const route of what.putRoutes) rt.putRoute(additions, ++count, index, route);
  if (count > 0) acknowledge(netlink, additions, count, "addresses and routes");
}

function setUp(netlink: number, index: number, mtu: number | null): void {
  const writer = new NetlinkWriter();
  rt.setLinkUp(writer, 1, index, mtu);
  acknowledge(netlink, writer, 1, "setting an interface up");
}

const NOTHING = { addresses: [], routes: [] };

function actualAddressing(netlink: number, index: number) {
  const routes = requestDump(netlink, rt.routeDump()).map((each) => rt.routeFacts(each, index));
  return { addresses: addressesOf(netlink, index), routes: routes.filter((each) => each !== null) };
}

/** Every IPv6 address of an interface, the kernel's own included. Throws LinuxError. */
export function addressesOf(netlink: number, index: number): rt.AddressState[] {
  return requestDump(netlink, rt.addressDump()).map((each) => rt.addressFacts(each, index))
    .filter((each) => each !== null);
}

/** Begins duplicate address detection anew for the interface's link-local address. Throws LinuxError. */
export function restartLinkLocal(netlink: number, index: number, address: rt.AddressFacts): void {
  const writer = new NetlinkWriter();
  rt.deleteAddress(writer, 1, index, address);
  rt.putLinkLocal(writer, 2, index, address);
  acknowledge(netlink, writer, 2, `the link-local address ${address.address}`);
}

/** Takes every address and route from the interface but the kernel's own. */
export function removeAddressing(netlink: number, index: number): void {
  change(netlink, index, difference(actualAddressing(netlink, index), { addresses: [], routes: [] }), []);
}

/** Removes the interface at once; a program that still has sockets there gets errors from them. */
export function removeInterface(netlink: number, index: number): void {
  const writer = new NetlinkWriter();
  rt.deleteLink(writer, 1, index);
  requestAcknowledged(netlink, writer.bytes(), 1);
}

function acknowledge(netlink: number, writer: NetlinkWriter, count: number, what: string): void {
  for (const errno of requestAcknowledged(netlink, writer.bytes(), count)) {
    if (errno !== 0 && errno !== EEXIST && errno !== ESRCH) throw new LinuxError("rtnetlink", errno, what);
  }
}
