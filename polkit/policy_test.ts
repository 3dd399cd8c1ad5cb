// What net.pvd1.policy says, read as a file: needs neither root nor polkit.

import assert from "node:assert/strict";
import type { ActionId } from "../broker/polkit/action.ts";
import { childrenOf, type Element, parseXml } from "../tests/bus/xml.ts";

const ACTIONS: Readonly<Record<ActionId, string>> = {
  "net.pvd1.use": "auth_admin auth_admin yes",
  "net.pvd1.open-namespace": "auth_admin auth_admin auth_admin",
  "net.pvd1.manage": "auth_admin auth_admin auth_admin",
};
const DETAILS = ["domain", "kind", "link", "program"];

const policy = parseXml(Deno.readTextFileSync(new URL("net.pvd1.policy", import.meta.url)));
const actions = childrenOf(policy, "action");
const textOf = (element: Element, name: string) => childrenOf(element, name)[0]?.text ?? "";

Deno.test("net.pvd1.policy: the actions that the broker asks about, and no others, with their defaults", () => {
  const found = actions.map(({ attributes, children }) => {
    const defaults = children.find(({ name }) => name === "defaults")?.children ?? [];
    assert.deepEqual(defaults.map(({ name }) => name), ["allow_any", "allow_inactive", "allow_active"]);
    return [attributes["id"], defaults.map(({ text }) => text).join(" ")];
  });
  assert.deepEqual(Object.fromEntries(found), ACTIONS);
  assert.equal(found.length, Object.keys(ACTIONS).length);
});

Deno.test("net.pvd1.policy: user pvd owns every action, so that it may ask about others and pass details", () => {
  for (const action of actions) {
    const annotations = childrenOf(action, "annotate");
    assert.deepEqual(annotations.map(({ attributes, text }) => [attributes["key"], text]), [
      ["org.freedesktop.policykit.owner", "unix-user:pvd"],
    ]);
  }
});

Deno.test("net.pvd1.policy: nothing is kept, because polkit would keep it for every domain", () => {
  assert.doesNotMatch(JSON.stringify(policy), /_keep/);
});

Deno.test("net.pvd1.policy: messages name the domain and the program, and only details that are passed", () => {
  for (const action of actions) {
    assert.notEqual(textOf(action, "description"), "");
    const message = textOf(action, "message");
    assert.match(message, /^Authentication is required to /);
    for (const [, name = ""] of message.matchAll(/\$\(([^)]*)\)/g)) assert.ok(DETAILS.includes(name), name);
    assert.match(message, /\$\(domain\) for \$\(program\)$/);
  }
});

Deno.test("polkit/examples: the rules ask for actions and details that there are", () => {
  const folder = new URL("examples/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert.equal(names.length, 3);
  for (const name of names) {
    assert.match(name, /^[0-9]{2}-pvd-[a-z-]+\.rules$/);
    const text = Deno.readTextFileSync(new URL(name, folder));
    for (const [, id = ""] of text.matchAll(/action\.id === "([^"]*)"/g)) {
      assert.ok(Object.hasOwn(ACTIONS, id), id);
    }
    for (const [, detail = ""] of text.matchAll(/action\.lookup\("([^"]*)"\)/g)) {
      assert.ok(DETAILS.includes(detail) && detail !== "program", detail);
    }
  }
});
