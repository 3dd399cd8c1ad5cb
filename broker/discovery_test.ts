import assert from "node:assert/strict";
import { close } from "../lib/linux/fd.ts";
import { socketPair } from "../lib/linux/socket.ts";
import { Discovery } from "./discovery.ts";
import { interfaceKindFor, isWantedLink } from "./link_choice.ts";
import { ETH1, FakeClock, FakeHelper, openDescriptors, refused, settled } from "./testing.ts";

/** A discovery whose router sockets are one end of a socket pair: it can be opened and closed, not heard. */
function room(wifi = (name: string) => name.startsWith("wl")) {
  const clock = new FakeClock();
  const helper = new FakeHelper();
  const added: number[] = [], removed: number[] = [];
  const gone: string[] = [], changed: number[] = [], cameUp: number[] = [];
  helper.respond = () => {
    const [fd, other] = socketPair();
    close(other);
    return { ok: true, reply: { type: "done", serial: 1 }, fds: [fd] };
  };
  const discovery = new Discovery({
    reactor: { add: (fd) => added.push(fd), remove: (fd) => removed.push(fd) },
    helper,
    now: () => clock.now,
    after: clock.after,
    random: () => 0.5,
    log: () => {},
    choose: (link) => {
      if (!isWantedLink({ ...link, hardware: true }, null)) return null;
      return interfaceKindFor({ name: link.name, wifi: wifi(link.name) }, {
        macvlanLinks: [],
        ipvlanLinks: [],
      });
    },
    ownAddresses: () => new Set(),
    onAdvertisement: () => {},
    onLinkGone: (index, why) => gone.push(`${index}: ${why}`),
    onLinkChanged: (index) => changed.push(index),
    onRouterMac: () => {},
    onLinkUp: (index) => cameUp.push(index),
  });
  return { clock, helper, added, removed, gone, changed, cameUp, discovery };
}

Deno.test("Discovery asks for a router socket for each wanted link and no other", async () => {
  const { discovery, helper } = room();
  discovery.linkEvent(ETH1);
  discovery.linkEvent({ ...ETH1, index: 3, name: "docker0", kind: "bridge" });
  discovery.linkEvent({ ...ETH1, index: 1, name: "lo", loopback: true });
  await settled();
  assert.deepEqual(helper.requests, [{ type: "openRouterSocket", link: "eth1", linkIndex: 2 }]);
  assert.deepEqual(discovery.views(), [{
    name: "eth1",
    index: 2,
    up: true,
    ipv6: true,
    listening: true,
    problem: null,
  }]);
  discovery.stop();
});

Deno.test("Discovery gives Wi-Fi ipvlan and knows no link that is not wanted", async () => {
  const { discovery } = room();
  discovery.linkEvent({ ...ETH1, name: "wlan0" });
  await settled();
  assert.deepEqual(discovery.linkOf(2), {
    name: "wlan0",
    index: 2,
    mtu: 1500,
    routerMacs: new Map(),
    interfaceKind: "ipvlan",
  });
  assert.equal(discovery.linkOf(3), null);
  discovery.stop();
});

Deno.test("Discovery closes a link's socket when it is gone, and tells", async () => {
  const { discovery, gone, added, removed } = room();
  const before = openDescriptors();
  discovery.linkEvent(ETH1);
  await settled();
  discovery.linkEvent({ ...ETH1, type: "gone" });
  assert.deepEqual(gone, ["2: eth1 is gone"]);
  assert.deepEqual(removed, added);
  assert.equal(openDescriptors(), before);
  discovery.linkEvent({ ...ETH1, type: "gone" });
  assert.equal(gone.length, 1);
});

Deno.test("Discovery takes a renamed link for another one", async () => {
  const { discovery, gone, helper } = room();
  discovery.linkEvent(ETH1);
  await settled();
  discovery.linkEvent({ ...ETH1, name: "lan0" });
  await settled();
  assert.deepEqual(gone, ["2: eth1 is now called lan0"]);
  assert.deepEqual(helper.requests.map((request) => request.type === "openRouterSocket" && request.link), [
    "eth1",
    "lan0",
  ]);
  discovery.stop();
});

Deno.test("Discovery closes a socket that comes for a link that went meanwhile", async () => {
  const { discovery, helper, added } = room();
  const before = openDescriptors();
  discovery.linkEvent(ETH1);
  discovery.linkEvent({ ...ETH1, type: "gone" });
  await settled();
  assert.equal(helper.requests.length, 1);
  assert.deepEqual(added, []);
  assert.equal(openDescriptors(), before);
});

Deno.test("Discovery shows why a link is not listened to, and tries again with back-off", async () => {
  const { discovery, helper, clock } = room();
  const respond = helper.respond;
  helper.respond = () => refused("failed", "operation not permitted (EPERM)");
  discovery.linkEvent(ETH1);
  await settled();
  assert.deepEqual(discovery.views()[0]?.problem, "operation not permitted (EPERM)");
  await clock.advance(500);
  await clock.advance(999);
  assert.equal(helper.requests.length, 2);
  helper.respond = respond;
  await clock.advance(1);
  assert.deepEqual(discovery.views()[0]?.listening, true);
  discovery.stop();
});

Deno.test("Discovery waits for a helper that is away, and asks as soon as it is there", async () => {
  const { discovery, helper } = room();
  helper.problem = "the helper is not there";
  discovery.linkEvent(ETH1);
  await settled();
  assert.equal(helper.requests.length, 0);
  assert.equal(discovery.views()[0]?.problem, "waiting for the helper");
  helper.problem = null;
  discovery.helperConnected();
  await settled();
  assert.equal(discovery.views()[0]?.listening, true);
  discovery.stop();
});

Deno.test("Discovery tells of another MTU and of a link that came up again", async () => {
  const { discovery, changed } = room();
  discovery.linkEvent(ETH1);
  await settled();
  discovery.linkEvent(ETH1);
  discovery.linkEvent({ ...ETH1, running: false });
  assert.deepEqual(changed, []);
  discovery.linkEvent(ETH1);
  assert.deepEqual(changed, [2]);
  discovery.linkEvent({ ...ETH1, mtu: 1400 });
  assert.deepEqual(changed, [2, 2]);
  discovery.stop();
});

Deno.test("Discovery solicits on links that it listens on, and says where there is none", async () => {
  const { discovery } = room();
  discovery.linkEvent(ETH1);
  await settled();
  assert.equal(discovery.solicit("eth1"), true);
  assert.equal(discovery.solicit(null), true);
  assert.equal(discovery.solicit("eth2"), false);
  discovery.stop();
});

Deno.test("Discovery leaves a link that becomes a port of a bridge, and takes it again when it is none", async () => {
  const { discovery, gone, helper } = room();
  discovery.linkEvent(ETH1);
  await settled();
  discovery.linkEvent({ ...ETH1, master: 9 });
  assert.deepEqual(gone, ["2: eth1 is now a port of another link"]);
  assert.deepEqual(discovery.views(), []);
  discovery.linkEvent(ETH1);
  await settled();
  assert.equal(helper.requests.length, 2);
  assert.equal(discovery.views()[0]?.listening, true);
  discovery.stop();
});

Deno.test("Discovery takes a carrier that went and came between two events for one that came", async () => {
  const { discovery, changed, cameUp } = room();
  discovery.linkEvent(ETH1);
  await settled();
  discovery.linkEvent({ ...ETH1, mac: "02:00:00:00:00:99" });
  assert.deepEqual([changed, cameUp], [[], []], "another MAC is used with the next solicitation");
  discovery.linkEvent({ ...ETH1, carrierUps: 2 });
  assert.deepEqual([changed, cameUp], [[2], [2]]);
  discovery.linkEvent({ ...ETH1, carrierUps: 2, running: false });
  discovery.linkEvent({ ...ETH1, carrierUps: 3 });
  assert.deepEqual([changed, cameUp], [[2, 2], [2, 2]]);
  discovery.stop();
});

Deno.test("Discovery tells when it learns late that a link is Wi-Fi: its domains get the other kind", async () => {
  const phys: string[] = [];
  const { discovery, changed } = room((name) => phys.includes(name));
  discovery.linkEvent(ETH1);
  await settled();
  assert.equal(discovery.linkOf(2)?.interfaceKind, "macvlan");
  phys.push("eth1");
  discovery.linkEvent(ETH1);
  assert.equal(discovery.linkOf(2)?.interfaceKind, "ipvlan");
  assert.deepEqual(changed, [2]);
  discovery.stop();
});
