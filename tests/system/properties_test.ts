// Captive portal (RFC 8910), NAT64 prefix (RFC 8781) and encrypted resolver (RFC 9463) of a PvD, from a router to what
// `pvd show`, gdbus and busctl print, and to their ends. Runs in the lab, with nobody advertising but the test.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { allReady, runAs, startRouters, stopRouters, until, waitForDomains } from "../lab/lab.ts";
import { pathOf, printed } from "./bus_caller.ts";
import { Monitor } from "./bus_monitor.ts";
import { interfaceSettings, OwnRouter } from "./own_router.ts";

const ID = "properties.example.org";
const PORTAL = "https://portal.example/api";

/** `given`: what the PvD has beside a prefix. */
function settings(given: string): string {
  return `${interfaceSettings()}[[interface.pvd]]
id = "${ID}"
prefix = [{ prefix = "2001:db8:1:1::/64", valid = 15, preferred = 15 }]
${given}
`;
}

const ALL = `captive_portal = "${PORTAL}"
pref64 = [{ prefix = "64:ff9b::/96", lifetime = 8 }]
encrypted_dns = [{ name = "dns.example.org", addresses = ["2001:db8:1::853"], parameters = "0001000403646f74",
                   lifetime = 4 }]`;

async function show(): Promise<{ captivePortal: string | null; pref64: unknown[]; encryptedDns: unknown[] }> {
  const { status, stdout, stderr } = await runAs("bob", ["pvd", "show", ID, "--json"]);
  strictEqual(status, 0, stderr);
  return JSON.parse(stdout).domain;
}

async function property(path: string, name: string): Promise<string> {
  const get = ["--object-path", path, "--method", "org.freedesktop.DBus.Properties.Get"];
  return await printed(["gdbus", "call", "--system", "--dest", "net.pvd1", ...get, "net.pvd1.Domain", name]);
}

Deno.test("portal, NAT64 prefix and encrypted resolver of a PvD are shown with it, and end each in its own way", async () => {
  await stopRouters();
  await waitForDomains((domains) => domains.length === 0);
  let router = new OwnRouter(settings(ALL));
  try {
    await waitForDomains(allReady(1));
    const { captivePortal, pref64: [pref64], encryptedDns: [resolver] } = await show();
    strictEqual(captivePortal, PORTAL);
    deepStrictEqual({ ...Object(pref64), lifetimeS: 0 }, { prefix: "64:ff9b::/96", lifetimeS: 0 });
    deepStrictEqual({ ...Object(resolver), lifetimeS: 0 }, {
      priority: 1,
      authenticationName: "dns.example.org",
      addresses: ["2001:db8:1::853"],
      parameters: "0001000403646f74",
      lifetimeS: 0,
    });
    for (const [datum, most] of [[pref64, 8], [resolver, 4]] as const) {
      const lifetimeS: unknown = Object(datum).lifetimeS;
      ok(typeof lifetimeS === "number" && lifetimeS <= most);
    }
    const { stdout: text } = await runAs("bob", ["pvd", "show", ID]);
    match(text, /^ +captive portal +https:\/\/portal\.example\/api$/m);
    match(text, /^NAT64 prefixes\n +64:ff9b::\/96 +\d s left$/m);
    match(
      text,
      /^encrypted resolvers\n +dns\.example\.org +priority 1 +2001:db8:1::853 +0001000403646f74 +/m,
    );

    const path = await pathOf(ID);
    strictEqual(await property(path, "CaptivePortal"), `(<'${PORTAL}'>,)\n`);
    strictEqual(await property(path, "Pref64"), "(<['64:ff9b::/96']>,)\n");
    strictEqual(
      await property(path, "EncryptedDns"),
      "(<[(uint16 1, 'dns.example.org', ['2001:db8:1::853'], '0001000403646f74')]>,)\n",
    );
    match(await property(path, "Lifetimes"), /\('Pref64', '64:ff9b::\/96', \d+, \d+\)/);

    const monitor = await Monitor.start();
    try {
      // Without a goodbye, so that nothing but time ends anything.
      await router.end("SIGKILL");
      await monitor.hears(/PropertiesChanged .*'EncryptedDns': <@a\(qsass\) \[\]>/);
      await monitor.hears(/PropertiesChanged .*'Pref64': <@as \[\]>/);
      const left = await show();
      deepStrictEqual([left.captivePortal, left.pref64, left.encryptedDns], [PORTAL, [], []]);

      router = new OwnRouter(settings(`captive_portal = "${PORTAL}"`));
      await router.says("advertises");
      router.reload(settings(""));
      await monitor.hears(/PropertiesChanged .*'CaptivePortal': <''>/);
      await until("no portal is shown", async () => (await show()).captivePortal === null);
    } finally {
      await monitor.end();
    }
  } finally {
    await router.end("SIGTERM");
    await waitForDomains((domains) => domains.length === 0);
    await startRouters();
  }
});
