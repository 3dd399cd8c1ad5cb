// A bus policy that is too wide: what net.pvd1.conf says, read as a file. tests/bus tries it on a bus.

import assert from "node:assert/strict";
import { childrenOf, parseXml } from "../../tests/bus/xml.ts";

const NEW = "net.pvd1", OLD = "org.freedesktop.PvDManager";
const STANDARD = ["Introspectable", "Peer", "Properties"].map((name) => `org.freedesktop.DBus.${name}`);
const INTERFACES = {
  [NEW]: ["net.pvd1.Domain", "net.pvd1.Manager", "org.freedesktop.DBus.ObjectManager", ...STANDARD],
  [OLD]: [OLD, ...STANDARD],
};

const policies = childrenOf(
  parseXml(Deno.readTextFileSync(new URL("net.pvd1.conf", import.meta.url))),
  "policy",
);
const everybody = policies.filter(({ attributes }) => attributes["context"] === "default");

Deno.test("net.pvd1.conf: somebody other than user pvd owns its names: there is no rule that lets him", () => {
  const owners = policies.filter(({ children }) => children.some(({ attributes }) => "own" in attributes));
  assert.deepEqual(owners.map(({ attributes }) => attributes), [{ user: "pvd" }]);
  assert.deepEqual(owners[0]?.children.map(({ name, attributes }) => [name, attributes]), [
    ["allow", { own: NEW }],
    ["allow", { own: OLD }],
  ]);
});

Deno.test("net.pvd1.conf: everybody may call the listed interfaces, after all else was denied", () => {
  assert.deepEqual(policies.map(({ attributes }) => attributes), [{ user: "pvd" }, { context: "default" }]);
  const rules = everybody[0]?.children ?? [];
  const denied = rules.slice(0, 2).map(({ name, attributes }) => [name, attributes]);
  assert.deepEqual(denied, [
    ["deny", { send_destination: NEW, send_broadcast: "false" }],
    ["deny", { send_destination: OLD, send_broadcast: "false" }],
  ]);
  const allowed = rules.slice(2);
  assert.ok(allowed.every(({ name }) => name === "allow"));
  for (const [destination, interfaces] of Object.entries(INTERFACES)) {
    const found = allowed.filter(({ attributes }) => attributes["send_destination"] === destination);
    assert.deepEqual(
      found.map(({ attributes }) => attributes["send_interface"]).sort(),
      [...interfaces].sort(),
    );
    // Exactly these two: without a destination, or without an interface, a rule opens far more.
    assert.ok(found.every(({ attributes }) => Object.keys(attributes).length === 2));
  }
  assert.equal(allowed.length, Object.values(INTERFACES).flat().length);
});
