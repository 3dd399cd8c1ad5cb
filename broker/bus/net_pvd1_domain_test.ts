// The properties of a domain on the bus against what else tells of one: the client socket's view, and docs/dbus.md.

import assert from "node:assert/strict";
import { hear } from "../state/hear.ts";
import { DEFAULT_LIMITS } from "../state/limits.ts";
import { advertisement } from "../state/testing.ts";
import { EMPTY_STATE } from "../state/types.ts";
import { domainView } from "../view.ts";
import { changedValues, DOMAIN_INTERFACE, domainValues } from "./net_pvd1_domain.ts";
import { variant } from "./message.ts";
import { exampleDomain } from "./testing.ts";

Deno.test("every member of a domain's view on the client socket is a property of it on the bus", () => {
  const hearing = { link: "eth0", linkIndex: 2, router: "fe80::1", now: 0 };
  const { state } = hear(EMPTY_STATE, hearing, [advertisement()], DEFAULT_LIMITS);
  const [domain] = state.domains.values();
  assert.ok(domain !== undefined);
  const runtime = { state: "ready", problem: null, handle: "mifpvd-1" } as const;
  const members = Object.keys(domainView(domain, runtime, 0, { key: new Uint8Array(32) }));
  assert.ok(members.includes("informationProblem"));
  const properties = members.map((member) => `${member[0]?.toUpperCase()}${member.slice(1)}`);
  assert.deepEqual(properties.filter((name) => !DOMAIN_INTERFACE.properties.has(name)), []);
});

Deno.test("docs/dbus.md has a row for each property, with its type, and says of those that are constant", () => {
  const text = Deno.readTextFileSync(new URL("../../docs/dbus.md", import.meta.url));
  const [, section = ""] = text.split("## net.pvd1.Domain\n");
  const rows = section.split("### Lifetimes")[0]?.matchAll(/^\| `(\w+)` +\| `(\S+)` +\| (.*) \|$/gm) ?? [];
  const documented = [...rows].map((
    [, name, type, meaning = ""],
  ) => [name, type, / constant *$/.test(meaning)]);
  const properties = [...DOMAIN_INTERFACE.properties].map(([name, { signature, changes }]) => [
    name,
    signature,
    changes === "const",
  ]);
  assert.deepEqual(documented, properties);
});

Deno.test("an address that is deprecated now, and why there is no information, are announced changes", () => {
  const after = {
    ...exampleDomain,
    addresses: exampleDomain.addresses.map((each) => ({ ...each, deprecated: true })),
    informationProblem: "no answer",
  };
  assert.deepEqual(changedValues(exampleDomain, after), {
    Deprecated: variant("as", ["2001:db8:1::5"]),
    InformationProblem: variant("s", "no answer"),
  });
  // The address stays one of the domain's.
  assert.deepEqual(domainValues(after).get("Addresses"), variant("a(su)", [["2001:db8:1::5", 64]]));
});
