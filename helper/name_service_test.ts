import assert from "node:assert/strict";
import fc from "fast-check";
import { localServices, ownNameService } from "./name_service.ts";

Deno.test("localServices: what distributions ship, without what asks somebody else", () => {
  const shipped: Readonly<Record<string, string>> = {
    "files dns": "files dns",
    "files mdns4_minimal [NOTFOUND=return] dns": "files dns",
    "mymachines resolve [!UNAVAIL=return] files myhostname dns": "files myhostname dns",
    "files myhostname resolve [!UNAVAIL=return] dns": "files myhostname dns",
    "files mymachines mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns myhostname":
      "files dns myhostname",
    "files resolve[!UNAVAIL=return] mdns": "files dns",
    "dns [!UNAVAIL=return] files": "dns [!UNAVAIL=return] files",
    "files nis wins": "files dns",
    "resolve": "dns",
    "files": "files",
    "": "files dns",
  };
  for (const [host, own] of Object.entries(shipped)) assert.equal(localServices(host), own, host);
});

Deno.test("ownNameService: other databases stay as they are, comments too", () => {
  const host =
    "# mine\npasswd: files systemd\nhosts: resolve files # and more: mdns\n\tnetworks : nis\nnetgroup: nis\n";
  const own = ownNameService(host).split("\n").slice(1);
  assert.deepEqual(own, [
    "hosts: files dns",
    "networks: dns",
    "# mine",
    "passwd: files systemd",
    "netgroup: nis",
    "",
  ]);
});

Deno.test("ownNameService: a line without colon counts as the C library has it, and cannot bring a service back", () => {
  const own = ownNameService("hosts files resolve\n hosts: mdns\n");
  assert.deepEqual(own.split("\n").slice(1), ["hosts: dns", ""]);
});

Deno.test("ownNameService: a host without the file gets the C library's default, in so many words", () => {
  assert.match(ownNameService(null), /^hosts: files dns$/m);
});

Deno.test("ownNameService: whatever the host's file says, only local services answer for hosts, and it is stable", () => {
  const word = fc.constantFrom(
    "hosts",
    "networks",
    ":",
    "#",
    "resolve",
    "mdns4",
    "files",
    "dns",
    "[",
    "]",
    "!X=return",
  );
  const line = fc.array(fc.oneof(word, fc.constantFrom(" ", "\t", "")), { maxLength: 12 }).map((words) =>
    words.join("")
  );
  fc.assert(fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
    const own = ownNameService(lines.join("\n"));
    for (const each of own.split("\n")) {
      const [, database, services = ""] = /^\s*([^\s:#]+)[\s:]+(.*)/.exec(each) ?? [];
      if (database !== "hosts" && database !== "networks") continue;
      const names = services.replace(/\[[^\]]*\]/g, " ").split(/\s+/).filter((name) => name !== "");
      for (const name of names) {
        assert.ok(["files", "altfiles", "db", "dns", "myhostname"].includes(name), own);
      }
    }
    assert.match(own, /^hosts: \S/m);
  }));
});
