import assert from "node:assert/strict";
import { Announcer, changesBetween } from "./announcer.ts";
import type { BusDomain } from "./backend.ts";
import { type OutgoingMessage, variant } from "./message.ts";
import { domainValues } from "./net_pvd1_domain.ts";
import { exampleDomain } from "./testing.ts";

const later = (domain: BusDomain): BusDomain => ({
  ...domain,
  routers: domain.routers.map((each) => ({ ...each, validUntil: each.validUntil + 600_000 })),
  addresses: domain.addresses.map((each) => ({ ...each, validUntil: each.validUntil + 600_000 })),
  rdnss: domain.rdnss.map((each) => ({ ...each, validUntil: Infinity })),
});

function told(before: readonly BusDomain[], after: readonly BusDomain[]): OutgoingMessage[] {
  const signals: OutgoingMessage[] = [];
  const announcer = new Announcer(before, (signal) => signals.push(signal));
  announcer.look(after);
  announcer.look(after);
  return signals;
}

Deno.test("a router that renews what it said is no change, and the new moments can be read", () => {
  assert.deepEqual(told([exampleDomain], [later(exampleDomain)]), []);
  const lifetimes = domainValues(later(exampleDomain)).get("Lifetimes");
  assert.deepEqual(lifetimes?.signature, "a(sstt)");
  assert.ok(Array.isArray(lifetimes?.value));
  assert.deepEqual(lifetimes.value.slice(0, 2), [
    ["Routers", "fe80::1", 2_400_000_000n, 2_400_000_000n],
    ["Addresses", "2001:db8:1::5", 7_800_000_000n, 3_600_000_250n],
  ]);
  assert.deepEqual(lifetimes.value.at(2), [
    "Prefixes",
    "2001:db8:1::/64",
    0xffff_ffff_ffff_ffffn,
    0xffff_ffff_ffff_ffffn,
  ]);
});

Deno.test("a change is told once, with what changed and nothing else", () => {
  const after: BusDomain = { ...later(exampleDomain), state: "ending", rdnss: [] };
  const signals = told([exampleDomain], [after]);
  assert.deepEqual(signals.map(({ path, interface: iface, member }) => `${path} ${iface}.${member}`), [
    "/net/pvd1/domain/mifpvd_1 org.freedesktop.DBus.Properties.PropertiesChanged",
    "/org/freedesktop/PvDManager org.freedesktop.PvDManager.stateChanged",
  ]);
  assert.deepEqual(signals[0]?.body, [
    "net.pvd1.Domain",
    { State: variant("s", "ending"), Rdnss: variant("as", []) },
    [],
  ]);
  assert.deepEqual(signals[1]?.body, ["one.example"]);
});

Deno.test("domains that come and go are told with all that they have, and by their interface", () => {
  const other = { ...exampleDomain, id: "two.example", handle: "mifpvd-2" };
  const [removed, , added] = told([exampleDomain], [other]);
  assert.deepEqual([removed?.member, removed?.body], [
    "InterfacesRemoved",
    ["/net/pvd1/domain/mifpvd_1", ["net.pvd1.Domain"]],
  ]);
  assert.equal(added?.member, "InterfacesAdded");
  assert.deepEqual(added?.body, [
    "/net/pvd1/domain/mifpvd_2",
    { "net.pvd1.Domain": Object.fromEntries(domainValues(other)) },
  ]);
});

Deno.test("changesBetween: another domain under a handle that was used before is one gone and one come", () => {
  const types = changesBetween([exampleDomain], [{ ...exampleDomain, link: "eth1" }]).map(({ type }) => type);
  assert.deepEqual(types, ["removed", "added"]);
  assert.deepEqual(changesBetween([exampleDomain], [exampleDomain]), []);
});
