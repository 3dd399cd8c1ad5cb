import assert from "node:assert/strict";
import { linkDump, type LinkEvent, linkEvent } from "../lib/linux/links.ts";
import { openNetlink, requestDump } from "../lib/linux/netlink_socket.ts";
import { close } from "../lib/linux/fd.ts";
import { linkChooser } from "./link_chooser.ts";
import { ETH1 } from "./testing.ts";

const DEFAULT = { links: null, macvlanLinks: [], ipvlanLinks: [] };

/** A /sys/class/net with these entries for every link, and which folders were read. */
function sysfs(...entries: string[]) {
  const read: string[] = [];
  return { read, entriesOf: (folder: string) => (read.push(folder), entries) };
}

Deno.test("linkChooser gives Ethernet macvlan, and Wi-Fi ipvlan by either of sysfs's two signs", () => {
  const chosen = (...entries: string[]) => linkChooser(DEFAULT, sysfs(...entries).entriesOf)(ETH1);
  assert.equal(chosen("address", "device"), "macvlan");
  assert.equal(chosen("device", "wireless"), "ipvlan");
  assert.equal(chosen("device", "phy80211"), "ipvlan");
});

Deno.test("linkChooser believes rtnetlink or sysfs that there is a device, and takes no link without one", () => {
  const without = { ...ETH1, device: null };
  assert.equal(linkChooser(DEFAULT, sysfs().entriesOf)(ETH1), "macvlan");
  assert.equal(linkChooser(DEFAULT, sysfs("device").entriesOf)(without), "macvlan");
  assert.equal(linkChooser(DEFAULT, sysfs("address").entriesOf)(without), null);
});

Deno.test("linkChooser reads nothing for a container's link, and lets settings name one", () => {
  const container: LinkEvent = { ...ETH1, name: "veth12", kind: "veth", device: null };
  const { read, entriesOf } = sysfs();
  assert.equal(linkChooser(DEFAULT, entriesOf)(container), null);
  assert.deepEqual(read, []);
  assert.equal(linkChooser({ ...DEFAULT, links: ["veth*"] }, entriesOf)(container), "macvlan");
  assert.deepEqual(read, ["/sys/class/net/veth12"]);
});

Deno.test("linkChooser takes of this machine's own links no loopback, and none that software made", () => {
  const fd = openNetlink();
  const links = requestDump(fd, linkDump()).map(linkEvent).filter((link) => link !== null);
  close(fd);
  assert.ok(links.some((link) => link.loopback));
  const chosen = links.filter((link) => linkChooser(DEFAULT)(link) !== null);
  assert.deepEqual(chosen.filter(({ kind }) => !["bond", "team", "vlan", null].includes(kind)), []);
  assert.deepEqual(chosen.filter(({ loopback, master }) => loopback || master !== null), []);
});
