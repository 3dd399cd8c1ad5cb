// packaging/dbus/net.pvd1.conf under the real dbus-daemon: who may be pvd, and what may be sent to it.

import assert from "node:assert/strict";
import { POLKIT_INTERFACE, POLKIT_PATH } from "../../broker/polkit/authority.ts";
import type { Call, Person } from "./person.ts";
import { busTest, mayUse, TV } from "./testing.ts";

const NAMES = ["net.pvd1", "org.freedesktop.PvDManager"];
const DENIED = { errorName: "org.freedesktop.DBus.Error.AccessDenied" };
const STANDARD = ["Introspectable", "Properties", "Peer"].map((name) => `org.freedesktop.DBus.${name}`);

busTest(
  "somebody else takes pvd's names, root too: only user pvd gets them",
  { polkit: "none" },
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const root = await scene.person("root");
    for (const name of NAMES) {
      for (const person of [alice, root]) await assert.rejects(person.does({ op: "own", name }), DENIED);
      await pvd.does({ op: "own", name });
    }
  },
);

busTest(
  "everybody calls the listed interfaces, and nothing else reaches pvd",
  { polkit: "none" },
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    for (const name of NAMES) await pvd.does({ op: "own", name });
    await pvd.does({ op: "serve", answer: "served" });
    const call = (destination: string, iface: string): Call => (
      { destination, path: "/net/pvd1", interface: iface, member: "Ask" }
    );
    const own = ["net.pvd1.Manager", "net.pvd1.Domain", "org.freedesktop.DBus.ObjectManager", ...STANDARD];
    for (const iface of own) assert.deepEqual(await ask(alice, call("net.pvd1", iface)), ["served Ask"]);
    for (const iface of ["org.freedesktop.PvDManager", ...STANDARD]) {
      assert.deepEqual(await ask(alice, call("org.freedesktop.PvDManager", iface)), ["served Ask"]);
    }
    for (const iface of ["net.pvd1.Secret", "net.pvd1", "org.freedesktop.DBus.Debug.Stats", ""]) {
      for (const destination of [...NAMES, pvd.name]) {
        await assert.rejects(ask(alice, call(destination, iface)), DENIED, `${iface} to ${destination}`);
      }
    }
  },
);

busTest(
  "somebody sends pvd a forged signal of polkit's: the bus keeps it, polkit's own come through",
  { rules: { "10-new.rules": "" } },
  async (scene) => {
    const [pvd, bob] = await scene.pvdAnd("bob");
    await pvd.does({ op: "own", name: "net.pvd1" });
    // What the start of polkit told, if anything.
    const signal = { path: POLKIT_PATH, interface: POLKIT_INTERFACE, member: "Changed" };
    await bob.does({ op: "signal", destination: "net.pvd1", ...signal });
    await bob.does({ op: "signal", destination: pvd.name, ...signal });
    // Answered after both: had they come through, pvd would have heard them by now.
    await bob.does({
      op: "call",
      destination: "org.freedesktop.DBus",
      path: "/",
      interface: "org.freedesktop.DBus",
      member: "GetId",
    });
    await pvd.checks(mayUse(bob, TV));
    assert.equal(pvd.heard("changed"), 0);
    await scene.bus.setRule("10-new.rules", "// something");
    await pvd.hears("changed");
  },
);

async function ask(person: Person, call: Call): Promise<unknown> {
  return await person.does({ op: "call", ...call });
}
