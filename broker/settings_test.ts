import assert from "node:assert/strict";
import { MAX_DOMAINS } from "../lib/protocol.ts";
import { parseSettings, readAuthorities, SettingsError } from "./settings.ts";
import { describedSettings } from "./settings_table.ts";

function problem(text: string): string {
  try {
    parseSettings(text, "pvd.toml");
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message;
  }
  throw new Error("no problem");
}

Deno.test("parseSettings of nothing gives the defaults: nobody but root, hardware links", () => {
  const settings = parseSettings("", "pvd.toml");
  assert.deepEqual(settings.authorizedUids, []);
  assert.equal(settings.links, null);
  assert.deepEqual([settings.macvlanLinks, settings.ipvlanLinks], [[], []]);
  assert.equal(settings.secretFile, "/var/lib/pvd/secret");
  assert.equal(settings.settleMs, 30_000);
  assert.equal(settings.maxDomains, MAX_DOMAINS);
  assert.deepEqual([settings.information, settings.extraAuthorities, settings.mifPvdInfo], [
    true,
    null,
    false,
  ]);
});

Deno.test("parseSettings takes every setting", () => {
  const settings = parseSettings(
    `authorized_uids = [1000, 1001]
links = ["eth1", "wl*"]
macvlan_links = ["wlan0"]
ipvlan_links = ["eth*"]
secret_file = "/s"
state_file = "/t"
helper_socket = "/h"
client_socket = "/c"
bus_address = "unix:path=/b"
settle_s = 0
max_domains = 10
max_domains_per_link = 5
interface_identifier = "eui64"
information = false
extra_authorities = "/a.pem"
mif_pvd_info = true
`,
    "pvd.toml",
  );
  assert.deepEqual(settings, {
    file: "pvd.toml",
    authorizedUids: [1000, 1001],
    links: ["eth1", "wl*"],
    macvlanLinks: ["wlan0"],
    ipvlanLinks: ["eth*"],
    secretFile: "/s",
    stateFile: "/t",
    helperSocket: "/h",
    clientSocket: "/c",
    busAddress: "unix:path=/b",
    settleMs: 0,
    maxDomains: 10,
    maxDomainsPerLink: 5,
    interfaceIdentifier: "eui64",
    information: false,
    extraAuthorities: "/a.pem",
    mifPvdInfo: true,
  });
});

Deno.test("parseSettings names file, line and key of what is wrong", () => {
  const cases: [text: string, problem: string][] = [
    [
      "\nauthorized_uids = [1000, -1]",
      "pvd.toml:2: authorized_uids[1]: must be a whole number from 0 to 4294967294",
    ],
    ["authorized_uids = 5", "pvd.toml:1: authorized_uids: must be a list of user ids"],
    [
      'authorized_uids = ["root"]',
      "pvd.toml:1: authorized_uids[0]: must be a whole number from 0 to 4294967294",
    ],
    ["# none\n\nlink = []", "pvd.toml:3: link: no such setting"],
    ['links = ["eth1",\n "eth 2"]', 'pvd.toml:2: links[1]: must be a link\'s name, such as "eth1" or "wl*"'],
    ['links = ["an-interface-name"]', "pvd.toml:1: links[0]: must have at most 15 characters"],
    ['secret_file = "secret"', "pvd.toml:1: secret_file: must be an absolute path"],
    ["settle_s = 0.5", "pvd.toml:1: settle_s: must be a whole number from 0 to 3600"],
    [
      `max_domains = ${MAX_DOMAINS + 1}`,
      `pvd.toml:1: max_domains: must be a whole number from 1 to ${MAX_DOMAINS}`,
    ],
    ["[links]\neth1 = true", "pvd.toml:1: links: must be a list of link names"],
    ['"\\u001b" = 1', "pvd.toml:1: \\x1b: no such setting"],
  ];
  for (const [text, expected] of cases) assert.equal(problem(text), expected);
});

Deno.test("parseSettings of a text that is no TOML names the line", () => {
  assert.match(problem("links = []\nlinks = ["), /^pvd\.toml:2: not valid TOML: [^\n]+$/);
});

Deno.test("readAuthorities gives the certificates of a file, and never a key that lies beside them", () => {
  const path = Deno.makeTempFileSync();
  try {
    const settings = parseSettings(`extra_authorities = "${path}"`, "pvd.toml");
    assert.throws(() => readAuthorities(settings), /extra_authorities: .*: there is no certificate in it/);
    const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    const key = "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----";
    Deno.writeTextFileSync(path, `the lab's\n${certificate}\n${key}\n${certificate}\n`);
    assert.equal(readAuthorities(settings), `${certificate}\n${certificate}\n`);
  } finally {
    Deno.removeSync(path);
  }
  assert.equal(readAuthorities(parseSettings("", "pvd.toml")), null);
  const missing = parseSettings('extra_authorities = "/nonexistent/a.pem"', "pvd.toml");
  assert.throws(() => readAuthorities(missing), SettingsError);
});

Deno.test("every setting says what it is for, in sentences, and what holds where it is not set", () => {
  for (const { name, type, unset, default: value, explanation } of describedSettings()) {
    assert.match(type, /^\S.{3,}[^.]$/, name);
    assert.ok(explanation.length > 0, `${name} is not explained`);
    for (const paragraph of explanation) assert.match(paragraph, /^[A-Z].{20,}\.$/, name);
    assert.notEqual(value === null, unset === null, `${name}: a default, or what holds without it`);
  }
});

Deno.test("the example of every setting is accepted, and changes what the broker does", () => {
  const defaults = parseSettings("", "pvd.toml");
  for (const { name, example } of describedSettings()) {
    const settings = parseSettings(`${name} = ${example}\n`, "pvd.toml");
    assert.notDeepEqual(settings, defaults, `${name} is not read`);
  }
});

Deno.test("the default that is shown of a setting is the one that holds", () => {
  const defaults = parseSettings("", "pvd.toml");
  for (const { name, default: value } of describedSettings()) {
    if (value !== null) assert.deepEqual(parseSettings(`${name} = ${value}\n`, "pvd.toml"), defaults, name);
  }
});
