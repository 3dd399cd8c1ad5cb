// The raw socket that a broker gets for a link: what somebody who took the broker over tries with it. In the lab, as
// root, on the host's own link; the socket is opened as the helper opens it.

import { ok, strictEqual, throws } from "node:assert/strict";
import * as abi from "../../lib/linux/abi.ts";
import { close } from "../../lib/linux/fd.ts";
import { openIcmp6Socket, receiveIcmp6, sendIcmp6 } from "../../lib/linux/icmp6.ts";
import { linkIndexOf } from "../../lib/linux/process.ts";
import { waitReadable } from "../../lib/linux/reactor.ts";
import { setBytes, setInteger } from "../../lib/linux/sockopt.ts";
import { run } from "../lab/lab.ts";

const LINK = "eth1";
const ROUTER_ADVERTISEMENT = 134;
const ALL_ROUTERS = "ff02::2", ALL_NODES = "ff02::1";
const SOLICITATION = new Uint8Array([133, 0, 0, 0, 0, 0, 0, 0]);
/** Longer than the lab's routers are ever silent. */
const ADVERTISEMENT_MS = 30_000;
/** linux/in6.h. */
const IPV6_HDRINCL = 36;

function withSocket(body: (fd: number, linkIndex: number) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const linkIndex = linkIndexOf(LINK) ?? 0;
    const fd = openIcmp6Socket(linkIndex, LINK, [ROUTER_ADVERTISEMENT]);
    try {
      await body(fd, linkIndex);
    } finally {
      close(fd);
    }
  };
}

Deno.test(
  "the broker's raw socket: an attacker who wants to hear more than advertisements hears nothing more",
  withSocket(async (fd, linkIndex) => {
    throws(
      () => setBytes(fd, abi.SOL_SOCKET, abi.SO_DETACH_FILTER, new Uint8Array(4), "SO_DETACH_FILTER"),
      /EPERM/,
    );
    // The other filter can be opened, and is then not the one that counts.
    setBytes(fd, abi.IPPROTO_ICMPV6, abi.ICMPV6_FILTER, new Uint8Array(32), "ICMPV6_FILTER");
    // Everybody on the link answers this one.
    strictEqual((await run(["ping", "-6", "-c", "1", "-I", LINK, ALL_NODES])).status, 0);
    sendIcmp6(fd, SOLICITATION, ALL_ROUTERS, linkIndex);
    const buffer = new Uint8Array(2048);
    for (let advertisements = 0; advertisements < 2;) {
      const received = receiveIcmp6(fd, buffer);
      if (received === null) {
        ok(await waitReadable(fd, ADVERTISEMENT_MS), "no router says anything");
        continue;
      }
      strictEqual(buffer[0], ROUTER_ADVERTISEMENT);
      advertisements++;
    }
  }),
);

Deno.test(
  "the broker's raw socket: an attacker who makes up whole packets, of any protocol, sends none",
  withSocket((fd, linkIndex) => {
    setInteger(fd, abi.IPPROTO_IPV6, IPV6_HDRINCL, 1, "IPV6_HDRINCL");
    // An IPv6 header of its own making: UDP from a stranger to all nodes.
    const packet = new Uint8Array(48);
    packet.set([0x60, 0, 0, 0, 0, 8, 17, 255, 0x20, 0x01, 0x0d, 0xb8]);
    packet.set([0xff, 0x02], 24);
    packet[39] = 1;
    packet.set([0, 53, 0, 53, 0, 8], 40);
    throws(() => sendIcmp6(fd, packet, ALL_NODES, linkIndex), /EPIPE/);
    // What it is for still goes.
    setInteger(fd, abi.IPPROTO_IPV6, IPV6_HDRINCL, 0, "IPV6_HDRINCL");
    sendIcmp6(fd, SOLICITATION, ALL_ROUTERS, linkIndex);
  }),
);
