import assert from "node:assert/strict";
import { type LinkEvent, linkEvent } from "./links.ts";
import { LinkMonitor, LinkRoll } from "./link_monitor.ts";
import { view } from "./memory.ts";
import { type NetlinkMessage, NetlinkWriter, NLMSG_DONE, NLMSG_ERROR, parseMessages } from "./netlink.ts";

const RTM_NEWLINK = 16, RTM_DELLINK = 17;
const IFLA_IFNAME = 3,
  IFLA_MTU = 4,
  IFLA_MASTER = 10,
  IFLA_WIRELESS = 11,
  IFLA_LINKINFO = 18,
  IFLA_INFO_KIND = 1;
const IFLA_CARRIER_UP_COUNT = 47, IFLA_PARENT_DEV_NAME = 56;
const IFF_UP = 1, IFF_RUNNING = 0x40, IFF_NOARP = 0x80, IFF_MULTICAST = 0x1000;
const ARPHRD_ETHER = 1;

function message(type: number, index: number, flags: number, attributes: (writer: NetlinkWriter) => void) {
  const fixed = new Uint8Array(16);
  view(fixed).setUint16(2, ARPHRD_ETHER, true);
  view(fixed).setInt32(4, index, true);
  view(fixed).setUint32(8, flags, true);
  const writer = new NetlinkWriter();
  writer.message(type, 0, 0, fixed, () => attributes(writer));
  const [parsed] = parseMessages(writer.bytes());
  assert.ok(parsed !== undefined);
  return parsed;
}

const link = (index: number, type = RTM_NEWLINK) =>
  message(type, index, IFF_UP | IFF_RUNNING, (writer) => writer.text(IFLA_IFNAME, `eth${index}`));
const control = (type: number, flags = 0): NetlinkMessage => ({
  type,
  flags,
  sequence: 1,
  body: new Uint8Array(4),
});
const DONE = control(NLMSG_DONE);
const told = (events: readonly LinkEvent[]) => events.map(({ type, name }) => `${type} ${name}`);

Deno.test("linkEvent reads what the choice of links needs", () => {
  const port = message(RTM_NEWLINK, 4, IFF_UP | IFF_RUNNING | IFF_MULTICAST, (writer) => {
    writer.text(IFLA_IFNAME, "eth4");
    writer.u32(IFLA_MASTER, 9);
    writer.u32(IFLA_CARRIER_UP_COUNT, 3);
    writer.text(IFLA_PARENT_DEV_NAME, "0000:00:1f.6");
    writer.nest(IFLA_LINKINFO, () => writer.text(IFLA_INFO_KIND, "vlan"));
  });
  const event = linkEvent(port);
  assert.deepEqual(
    [event?.master, event?.carrierUps, event?.device, event?.kind, event?.neighborDiscovery],
    [9, 3, "0000:00:1f.6", "vlan", true],
  );
  const modem = linkEvent(message(RTM_NEWLINK, 5, IFF_UP | IFF_NOARP | IFF_MULTICAST, () => {}));
  assert.deepEqual(
    [modem?.master, modem?.carrierUps, modem?.device, modem?.kind, modem?.neighborDiscovery, modem?.running],
    [null, 0, null, null, false, false],
  );
});

Deno.test("linkEvent passes over a wireless event, which has neither MTU nor MAC of the link", () => {
  const scan = message(RTM_NEWLINK, 3, IFF_UP | IFF_RUNNING, (writer) => {
    writer.text(IFLA_IFNAME, "wlan0");
    writer.attribute(IFLA_WIRELESS, new Uint8Array(8));
  });
  assert.equal(linkEvent(scan), null);
  const real = message(RTM_NEWLINK, 3, IFF_UP, (writer) => writer.u32(IFLA_MTU, 1500));
  assert.equal(linkEvent(real)?.mtu, 1500);
});

Deno.test("LinkRoll tells which links went while events were lost", () => {
  let dumps = 0;
  const roll = new LinkRoll(() => dumps++, () => {});
  roll.callAgain();
  assert.deepEqual(told(roll.take([link(1), link(2), link(3), DONE])), ["new eth1", "new eth2", "new eth3"]);
  roll.callAgain();
  assert.deepEqual(told(roll.take([link(1)])), ["new eth1"]);
  assert.deepEqual(told(roll.take([link(3), link(3, RTM_DELLINK), DONE])), [
    "new eth3",
    "gone eth3",
    "gone eth2",
  ]);
  roll.callAgain();
  assert.deepEqual(told(roll.take([link(1), DONE])), ["new eth1"], "each is gone once");
  assert.equal(dumps, 3);
});

Deno.test("LinkRoll asks again where more was lost during a dump, or links came and went in it", () => {
  let dumps = 0;
  const roll = new LinkRoll(() => dumps++, () => {});
  roll.callAgain();
  roll.take([link(1), link(2)]);
  roll.callAgain();
  assert.equal(dumps, 1, "a socket has one dump at a time");
  assert.deepEqual(told(roll.take([DONE])), []);
  assert.equal(dumps, 2);
  const interrupted = 0x10;
  assert.deepEqual(told(roll.take([link(1), control(NLMSG_DONE, interrupted)])), ["new eth1"]);
  assert.equal(dumps, 3);
  assert.deepEqual(told(roll.take([link(1), DONE])), ["new eth1", "gone eth2"]);
  assert.equal(dumps, 3);
});

Deno.test("LinkRoll takes no link for gone because a dump failed", () => {
  const roll = new LinkRoll(() => {}, () => {});
  roll.callAgain();
  roll.take([link(1), DONE]);
  roll.callAgain();
  assert.deepEqual(told(roll.take([control(NLMSG_ERROR)])), []);
  roll.callAgain();
  assert.deepEqual(told(roll.take([DONE])), ["gone eth1"]);
});

Deno.test("LinkMonitor tells of every link of this namespace first", () => {
  const monitor = new LinkMonitor();
  const events: LinkEvent[] = [];
  for (let more = monitor.read(); more !== null; more = monitor.read()) events.push(...more);
  monitor.close();
  assert.ok(events.some(({ name, loopback }) => name === "lo" && loopback));
  const indexes = events.map(({ index }) => index);
  assert.deepEqual(indexes, [...new Set(indexes)], "each is told once");
});
