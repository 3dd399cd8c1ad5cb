import assert from "node:assert/strict";
import { Discovery } from "./discovery.ts";
import { ipv6Problem } from "./link_ipv6.ts";
import { ETH1, FakeClock, FakeHelper, settled } from "./testing.ts";

/** A discovery whose helper gives no descriptor; what it logs. */
function room() {
  const clock = new FakeClock();
  const helper = new FakeHelper();
  const log: string[] = [];
  const discovery = new Discovery({
    reactor: { add: () => {}, remove: () => {} },
    helper,
    now: () => clock.now,
    after: clock.after,
    random: () => 0.5,
    log: (level, text) => log.push(`${level}: ${text}`),
    choose: () => "macvlan",
    ownAddresses: () => new Set(),
    onAdvertisement: () => {},
    onLinkGone: () => {},
    onLinkChanged: () => {},
    onRouterMac: () => {},
  });
  return { discovery, helper, log };
}

const OFF = "IPv6 is switched off (net.ipv6.conf.eth1.disable_ipv6=1), so no routers are heard; " +
  "sysctl -w net.ipv6.conf.eth1.disable_ipv6=0";

Deno.test("ipv6Problem says what is wrong and what to do, and nothing where IPv6 is on", () => {
  assert.equal(ipv6Problem(ETH1), null);
  assert.equal(ipv6Problem({ ...ETH1, ipv6: "off" }), OFF);
  assert.match(ipv6Problem({ ...ETH1, ipv6: "none" }) ?? "", /^the kernel has no IPv6 /);
  assert.match(
    ipv6Problem({ ...ETH1, ipv6: "none", mtu: 1200 }) ?? "",
    /^its MTU is 1200 and IPv6 needs 1280/,
  );
});

Deno.test("ipv6Problem names the variable of a VLAN as sysctl takes it", () => {
  assert.match(
    ipv6Problem({ ...ETH1, name: "eth1.20", ipv6: "off" }) ?? "",
    /sysctl -w net\.ipv6\.conf\.eth1\/20\.disable_ipv6=0$/,
  );
});

Deno.test("Discovery says once that IPv6 is switched off on a link, shows it, and says when it is on again", async () => {
  const { discovery, log } = room();
  discovery.linkEvent(ETH1);
  await settled();
  discovery.linkEvent({ ...ETH1, ipv6: "off" });
  discovery.linkEvent({ ...ETH1, ipv6: "off", carrierUps: 2 });
  const [link] = discovery.views();
  assert.deepEqual([link?.ipv6, link?.listening, link?.problem], [false, false, OFF]);
  discovery.linkEvent(ETH1);
  assert.equal(discovery.views()[0]?.ipv6, true);
  assert.notEqual(discovery.views()[0]?.problem, OFF);
  assert.deepEqual(log.slice(1), [`warning: eth1: ${OFF}`, "info: eth1: IPv6 is on again"]);
  discovery.stop();
});

Deno.test("Discovery says of a link that comes without IPv6 what is wrong, and asks for a socket only when there is IPv6", async () => {
  const { discovery, helper, log } = room();
  discovery.linkEvent({ ...ETH1, ipv6: "none" });
  await settled();
  assert.deepEqual(helper.requests, []);
  assert.match(log.join("\n"), /warning: eth1: the kernel has no IPv6/);
  discovery.linkEvent(ETH1);
  await settled();
  assert.equal(helper.requests.length, 1);
  discovery.stop();
});

Deno.test("Discovery escapes a link's name in what it says of IPv6", async () => {
  const { discovery, log } = room();
  discovery.linkEvent({ ...ETH1, name: "eth\x1b1", ipv6: "off" });
  await settled();
  assert.ok(log.some((line) => line.includes("switched off")));
  assert.ok(!log.join("").includes("\x1b"), "a link's name is escaped");
  discovery.stop();
});
