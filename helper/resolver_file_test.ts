import assert from "node:assert/strict";
import { resolverText } from "./resolver_file.ts";

Deno.test("resolverText: resolvers in order, link-local ones scoped to the domain's interface, then search domains", () => {
  const text = resolverText({
    id: "office.example.org",
    resolvers: ["2001:db8::53", "fe80::53"],
    searchDomains: ["corp.example.org", "example.org"],
  });
  assert.equal(
    text,
    "# Made by pvd for the provisioning domain office.example.org. Changes are overwritten.\n" +
      "nameserver 2001:db8::53\nnameserver fe80::53%mifpvd\nsearch corp.example.org example.org\n",
  );
});

Deno.test("resolverText: a domain without resolvers names none, so that nobody outside is asked, and nobody waits long", () => {
  const text = resolverText({ id: "a", resolvers: [], searchDomains: ["example.org"] });
  assert.ok(!text.includes("nameserver"));
  assert.match(text, /^options timeout:1 attempts:1\nsearch example\.org$/m);
});

Deno.test("resolverText: without search domains the file says so, or the host's own domain would be searched", () => {
  assert.match(resolverText({ id: "a", resolvers: ["2001:db8::53"], searchDomains: [] }), /^search \.$/m);
});
