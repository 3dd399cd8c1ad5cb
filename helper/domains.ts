// The domains that exist: made, changed to a wanted state, listed, removed, and found again after a restart. Touches
// /run/netns/mifpvd-*, /etc/netns/mifpvd-*, its own records, and the kernel's state in namespaces that it made.

import { ENOENT, O_RDONLY } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { close, isThere, open, statusOf, writeSetting } from "../lib/linux/fd.ts";
import { openDuplicateMonitor } from "../lib/linux/address_monitor.ts";
import { namespaceCookie } from "../lib/linux/inet_socket.ts";
import {
  type Home,
  inside,
  makeNamespace,
  removeNamespaceName,
  shareNamespaceFolder,
} from "../lib/linux/namespace.ts";
import { processesInNamespace } from "../lib/linux/namespace_users.ts";
import { openNetlink } from "../lib/linux/netlink_socket.ts";
import { linkIndexOf } from "../lib/linux/process.ts";
import { bootTimeMs } from "../lib/linux/time.ts";
import * as protocol from "../lib/protocol.ts";
import type { AddressWatch } from "./address_watch.ts";
import { abortSockets } from "./abort_sockets.ts";
import { explain, Failure } from "./failure.ts";
import { applyHeaderSettings } from "./header_settings.ts";
import {
  applyAddressing,
  domainInterface,
  ensureInterface,
  removeAddressing,
  removeInterface,
} from "./kernel_state.ts";
import { log } from "./log.ts";
import { type DomainRecord, Records } from "./record.ts";
import { removeResolverFile, writeResolverFile } from "./resolver_file.ts";

/** Where ip-netns(8) keeps names. */
const NAMESPACES = "/run/netns";

/** Removals that follow each other this closely count as many. */
const MANY_WITHIN_MS = 500;

export interface Domain {
  readonly handle: string;
  readonly record: DomainRecord;
  /** The namespace itself: a name that is replaced meanwhile changes nothing. */
  readonly namespace: number;
  /** A netlink socket that was opened inside. */
  readonly netlink: number;
  readonly cookie: bigint;
}

export class Domains {
  readonly #home: Home;
  readonly #hostNetlink = openNetlink();
  readonly #records: Records;
  readonly #watch: AddressWatch;
  readonly #domains = new Map<string, Domain>();
  #lastNumber = 0;
  #lastRemovalMs = -Infinity;

  /** Finds the domains of an earlier helper again, and removes what a crash left half made. Throws LinuxError. */
  constructor(home: Home, stateFolder: string, watch: AddressWatch) {
    this.#home = home;
    this.#watch = watch;
    this.#records = new Records(stateFolder);
    shareNamespaceFolder(NAMESPACES, home);
    for (const [handle, record] of this.#records.all()) this.#recover(handle, record);
  }

  get(handle: string): Domain {
    const domain = this.#domains.get(handle);
    if (domain === undefined) throw new Failure("noSuchDomain", `there is no domain ${handle}`);
    return domain;
  }

  /** Makes the domain as wanted, new where `handle` is null (and no domain has its key). Its handle. */
  apply(handle: string | null, wanted: protocol.WantedDomain): string {
    if (linkIndexOf(wanted.link) !== wanted.linkIndex) {
      throw new Failure(
        "noSuchLink",
        `${wanted.id}: there is no link ${wanted.link} with index ${wanted.linkIndex}`,
      );
    }
    const same = [...this.#domains.values()].find((each) => each.record.key === wanted.key);
    const known = handle === null ? same : this.get(handle);
    if (known !== undefined && known.record.key !== wanted.key) {
      throw new Failure("invalidArgument", `${wanted.id}: ${known.handle} is another domain`);
    }
    if (known === undefined) return this.#make(wanted);
    this.#configure(known, wanted, false);
    if (
      known.record.mac !== wanted.mac || known.record.id !== wanted.id || known.record.link !== wanted.link
    ) {
      this.#remember(known, wanted);
    }
    return known.handle;
  }

  /** Domains with handles after `after`, in the order they were made, whether or not they are intact. */
  list(after: string | null): protocol.HelperDomain[] {
    const all = [...this.#domains.values()];
    const start = after === null ? 0 : all.findIndex((each) => each.handle === after) + 1;
    return all.slice(start).map(({ handle, record, netlink }) => ({
      handle,
      key: record.key,
      id: record.id,
      link: record.link,
      mac: record.mac,
      broken: domainInterface(netlink) === null,
    }));
  }

  /** Ends a domain. Throws Failure `inUse` while a process lives in it, unless `force`. Where the interface is gone
   * with its link, or goes now, whoever uses a socket of the domain gets an error from it. */
  remove(handle: string, force: boolean): void {
    const domain = this.get(handle);
    const users = force ? 0 : this.#processesIn(domain);
    if (users > 0) {
      if (domainInterface(domain.netlink) === null) this.#endSockets(domain);
      throw new Failure("inUse", `${domain.record.id}: ${users} processes still run in ${handle}`);
    }
    this.#cutOff(domain);
    this.#endSockets(domain);
    this.#domains.delete(handle);
    this.#watch.remove(handle);
    close(domain.netlink);
    close(domain.namespace);
    this.#removeTraces(handle);
    log("info", `${domain.record.id}: ${handle} removed`);
  }

  /** Whoever still holds a socket of the domain reaches nothing with it any more. An interface that is deleted on its
   * own costs the kernel a grace period, tens of milliseconds; when many domains end together, their interfaces lose
   * their addresses at once and go with their namespaces, which the kernel takes down in one go. */
  #cutOff(domain: Domain): void {
    const facts = domainInterface(domain.netlink);
    const now = bootTimeMs();
    const isOneOfMany = now - this.#lastRemovalMs < MANY_WITHIN_MS;
    this.#lastRemovalMs = now;
    if (facts === null) return;
    if (isOneOfMany) removeAddressing(domain.netlink, facts.index);
    else removeInterface(domain.netlink, facts.index);
  }

  #endSockets({ handle, record, namespace }: Domain): void {
    try {
      const ended = abortSockets(this.#home, namespace);
      if (ended === null) {
        log(
          "warning",
          `${record.id}: sockets in ${handle} fall silent: this kernel has no CONFIG_INET_DIAG_DESTROY`,
        );
      } else if (ended > 0) {
        log("info", `${record.id}: ${ended} sockets in ${handle} ended with its interface`);
      }
    } catch (error) {
      log("warning", `${record.id}: sockets in ${handle} fall silent: ${explain(error).message}`);
    }
  }

  #make(wanted: protocol.WantedDomain): string {
    if (this.#domains.size >= protocol.MAX_DOMAINS) {
      throw new Failure(
        "limitExceeded",
        `${wanted.id}: this machine keeps at most ${protocol.MAX_DOMAINS} domains`,
      );
    }
    const handle = this.#newHandle();
    let netlink = -1;
    let namespace = -1;
    try {
      let record = recordOf(wanted, "");
      namespace = makeNamespace(`${NAMESPACES}/${handle}`, this.#home, (fd) => {
        prepareNamespace();
        netlink = openNetlink();
        this.#watch.add(handle, openDuplicateMonitor(), null);
        // Before it has a name: whatever a crash leaves under that name has a record by which it is found.
        record = recordOf(wanted, statusOf(fd).identity);
        this.#records.write(handle, record);
      });
      const domain: Domain = { handle, record, namespace, netlink, cookie: namespaceCookie(netlink) };
      this.#configure(domain, wanted, true);
      this.#domains.set(handle, domain);
    } catch (error) {
      this.#watch.remove(handle);
      if (netlink >= 0) close(netlink);
      if (namespace >= 0) close(namespace);
      this.#removeTraces(handle);
      throw error;
    }
    log("info", `${wanted.id}: ${handle} made on ${wanted.link}`);
    return handle;
  }

  #configure(domain: Domain, wanted: protocol.WantedDomain, isNew: boolean): void {
    const index = ensureInterface(this.#hostNetlink, domain, wanted, isNew);
    applyHeaderSettings(domain.namespace, this.#home, wanted);
    this.#watch.checkLinkLocal(domain.handle, domain.netlink, index, wanted);
    applyAddressing(domain.netlink, index, wanted, isNew);
    writeResolverFile(domain.handle, wanted, isNew);
  }

  #remember(domain: Domain, wanted: protocol.WantedDomain): void {
    const record = recordOf(wanted, domain.record.namespace);
    this.#records.write(domain.handle, record);
    this.#domains.set(domain.handle, { ...domain, record });
  }

  #recover(handle: string, record: DomainRecord | null): void {
    this.#lastNumber = Math.max(this.#lastNumber, Number(handle.slice("mifpvd-".length)));
    const path = `${NAMESPACES}/${handle}`;
    if (record === null) return this.#clearAway(handle, "its record cannot be read");
    try {
      const namespace = open(path, O_RDONLY);
      if (statusOf(namespace).identity !== record.namespace) {
        close(namespace);
        return this.#clearAway(handle, "its namespace is not the one that was made");
      }
      const { netlink, monitor } = inside(
        namespace,
        this.#home,
        () => ({ netlink: openNetlink(), monitor: openDuplicateMonitor() }),
      );
      this.#watch.add(handle, monitor, netlink);
      this.#domains.set(handle, { handle, record, namespace, netlink, cookie: namespaceCookie(netlink) });
      log("info", `${record.id}: ${handle} found again`);
    } catch (error) {
      if (error instanceof LinuxError && error.errno === ENOENT) return this.#clearAway(handle, "it is gone");
      // Too many open files, say: programs may live there, so it is left for the next start.
      log("error", `${handle} cannot be taken over, and is left as it is: ${explain(error).message}`);
    }
  }

  #clearAway(handle: string, reason: string): void {
    log("warning", `${handle} of an earlier run is cleared away: ${reason}`);
    this.#removeTraces(handle);
  }

  #removeTraces(handle: string): void {
    removeNamespaceName(`${NAMESPACES}/${handle}`, this.#home);
    removeResolverFile(handle);
    this.#records.remove(handle);
  }

  /** Numbers go up and are not used again while the helper runs; names that somebody else has are passed over. */
  #newHandle(): string {
    do this.#lastNumber++; while (isThere(`${NAMESPACES}/mifpvd-${this.#lastNumber}`));
    return `mifpvd-${this.#lastNumber}`;
  }

  #processesIn(domain: Domain): number {
    return processesInNamespace(domain.record.namespace.split(":").at(-1) ?? "").length;
  }
}

function recordOf(wanted: protocol.WantedDomain, namespace: string): DomainRecord {
  return { key: wanted.key, id: wanted.id, link: wanted.link, mac: wanted.mac, namespace };
}

/** Before there is any interface, so that the one that comes is right from its first moment. */
function prepareNamespace(): void {
  const ipv6 = "/proc/sys/net/ipv6/conf/default";
  // The broker reads advertisements; the kernel must not act on them a second time.
  writeSetting(`${ipv6}/accept_ra`, "0");
  // Both, or an address is usable only when duplicate address detection is over (RFC 4429).
  writeSetting(`${ipv6}/optimistic_dad`, "1");
  writeSetting(`${ipv6}/use_optimistic`, "1");
  // Everybody may send an echo request here (icmp(7)): no raw socket is needed for ping.
  writeSetting("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
}
