import assert from "node:assert/strict";
import { linkOfIpv6Switch } from "./link_ipv6.ts";
import { type LinkEvent, linkEvent } from "./links.ts";
import { LinkMonitor, LinkRoll } from "./link_monitor.ts";
import { view } from "./memory.ts";
import { type NetlinkMessage, NetlinkWriter, NLMSG_DONE, NLMSG_ERROR, parseMessages } from "./netlink.ts";

const RTM_NEWLINK = 16, RTM_NEWROUTE = 24, RTM_DELROUTE = 25, RTA_OIF = 4;
const IFLA_IFNAME = 3, IFLA_AF_SPEC = 26, AF_INET = 2, AF_INET6 = 10;
const IFLA_INET6_CONF = 2, DEVCONF_DISABLE_IPV6 = 26, RT_TABLE_MAIN = 254, RT_TABLE_LOCAL = 255;

function message(type: number, fixed: Uint8Array, attributes: (writer: NetlinkWriter) => void) {
  const writer = new NetlinkWriter();
  writer.message(type, 0, 0, fixed, () => attributes(writer));
  const [parsed] = parseMessages(writer.bytes());
  assert.ok(parsed !== undefined);
  return parsed;
}

/** A link's message with this value of disable_ipv6; null: the kernel has no IPv6 for it. */
function link(disabled: number | null): NetlinkMessage {
  const fixed = new Uint8Array(16);
  view(fixed).setInt32(4, 7, true);
  const values = new Uint8Array(4 * 50);
  view(values).setInt32(4 * DEVCONF_DISABLE_IPV6, disabled ?? 0, true);
  return message(RTM_NEWLINK, fixed, (writer) => {
    writer.text(IFLA_IFNAME, "eth1");
    writer.nest(IFLA_AF_SPEC, () => {
      writer.nest(AF_INET, () => {});
      if (disabled !== null) writer.nest(AF_INET6, () => writer.attribute(IFLA_INET6_CONF, values));
    });
  });
}

function route(type: number, prefixLength: number, table: number): NetlinkMessage {
  const fixed = Uint8Array.of(AF_INET6, prefixLength, 0, 0, table, 0, 0, 0, 0, 0, 0, 0);
  return message(type, fixed, (writer) => writer.u32(RTA_OIF, 7));
}

function control(type: number, sequence: number): NetlinkMessage {
  return { type, flags: 0, sequence, body: new Uint8Array(4) };
}

Deno.test("linkEvent tells whether IPv6 is on, switched off, or not there", () => {
  assert.deepEqual([link(0), link(1), link(null)].map((each) => linkEvent(each)?.ipv6), [
    "on",
    "off",
    "none",
  ]);
});

Deno.test("the multicast route's coming and going is a switch of IPv6, and no other route is", () => {
  assert.equal(linkOfIpv6Switch(route(RTM_NEWROUTE, 8, RT_TABLE_LOCAL)), 7);
  assert.equal(linkOfIpv6Switch(route(RTM_DELROUTE, 8, RT_TABLE_LOCAL)), 7);
  assert.equal(linkOfIpv6Switch(route(RTM_NEWROUTE, 8, RT_TABLE_MAIN)), null);
  assert.equal(linkOfIpv6Switch(route(RTM_NEWROUTE, 64, RT_TABLE_LOCAL)), null);
  assert.equal(linkOfIpv6Switch(link(0)), null);
});

Deno.test("LinkRoll asks for a link whose IPv6 was switched, and takes none for gone where that fails", () => {
  const asked: number[] = [];
  const roll = new LinkRoll(() => {}, (index) => asked.push(index));
  roll.callAgain();
  roll.take([link(0), control(NLMSG_DONE, 1)]);
  assert.deepEqual(roll.take([route(RTM_DELROUTE, 8, RT_TABLE_LOCAL)]), []);
  assert.deepEqual(asked, [7]);
  const [event] = roll.take([link(1)]);
  assert.equal(event?.ipv6, "off");
  roll.callAgain();
  roll.take([control(NLMSG_ERROR, 2)]);
  // Were the error taken for the dump's, this would be the end of a dump that told of no link.
  assert.deepEqual(roll.take([link(0), control(NLMSG_DONE, 1)]).map(({ type }) => type), ["new"]);
});

Deno.test("LinkMonitor tells of IPv6 of this namespace's links as /proc/sys has it", () => {
  const monitor = new LinkMonitor();
  const events: LinkEvent[] = [];
  for (let more = monitor.read(); more !== null; more = monitor.read()) events.push(...more);
  monitor.close();
  const inProc = (name: string) => {
    try {
      const text = Deno.readTextFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`);
      return text.trim() === "0" ? "on" : "off";
    } catch {
      return "none";
    }
  };
  assert.notEqual(events.length, 0);
  for (const { name, ipv6 } of events) assert.equal(ipv6, inProc(name), name);
});
