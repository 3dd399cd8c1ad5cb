// `pvd monitor`: every event as text and as JSON, and what it does when the broker is gone.

import assert from "node:assert/strict";
import { DOMAIN_DATA, ROUTER_DATA } from "../lib/protocol.ts";
import { readMonitorEvent, readMonitorReply } from "./event_replies.ts";
import { SAMPLE_EVENTS, SAMPLE_ROUTER } from "./monitor_testing.ts";
import { formatEvent } from "./monitor_text.ts";
import { readSchema } from "./schema_testing.ts";
import { endOf, type FakePeer, startPvd, withFakeBroker } from "./testing.ts";

const DOMAIN_TEXT = "explicit, ready; namespace mifpvd-1; " +
  "default router fe80::1, high preference, 29 min 58 s left; " +
  "default router fe80::2, low preference, no end; " +
  "address 2001:db8:9::1, valid 1 min left, deprecated; " +
  "address 2001:db8:1::1, valid 1 d 3 h left, preferred no end; ";
const DATA_TEXT = "prefix 2001:db8:1::/64, on-link, not autonomous, valid no end, preferred 4 h left; " +
  "route 2001:db8:f::/48 via fe80::1, medium preference, 59 s left; " +
  "resolver 2001:db8:1::53, ends now; search domain example.com, 1 h left; " +
  "NAT64 prefix 64:ff9b::/96, 10 min left; " +
  "encrypted resolver dns.example, priority 1, addresses 2001:db8:1::53, parameters alpn=h2, 10 min left; " +
  "MTU 1500; captive portal https://portal.example/";
const OFFICE = "eth1  office.example.com";

Deno.test("formatEvent: every event is one line, and what a router chose cannot leave it", () => {
  const lines = SAMPLE_EVENTS.map((event) => {
    const line = formatEvent(event);
    assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}[\x20-\x7e]+\n$/);
    return line.slice("2025-06-01 14:03:22.104  ".length, -1);
  });
  assert.deepEqual(lines, [
    `eth1  router fe80::1  is there: default router, high preference, 30 min left; 02:00:00:00:00:01; ` +
    `more by DHCPv6; hop limit 64; ${DATA_TEXT}`,
    `${OFFICE}  is there: ${DOMAIN_TEXT}${DATA_TEXT}`,
    "that is all there is; from here on what changes",
    `eth1  e\\x1bvil  made: ${DOMAIN_TEXT}${DATA_TEXT}`,
    `${OFFICE}  prefix 2001:db8:1::/64, on-link, autonomous, valid 1 h left, deprecated added`,
    `${OFFICE}  route 2001:db8:f::/48 via fe80::1 changed: medium preference -> high preference, 1 min left -> no end`,
    `${OFFICE}  search domain e\\u{202e}vil.example ended`,
    `${OFFICE}  state changed: configuring -> ready`,
    `${OFFICE}  captive portal changed: none -> https://e\\x0avil/`,
    `${OFFICE}  information is another`,
    `${OFFICE}  renewed: resolver 2001:db8::53, 10 min left`,
    `${OFFICE}  deprecated: no address of it is for new connections`,
    `${OFFICE}  removed`,
    `eth1  router fe80::1  heard: no default router; more by DHCPv6; ${DATA_TEXT}`,
    "eth1  router fe80::1  as a default router changed: 30 min left -> no",
    "eth1  router fe80::1  addresses by DHCPv6 changed: no -> yes",
    "eth1  router fe80::1  renewed: as a default router 30 min left",
    "eth1  router fe80::1  lost",
    "eth1  router fe80::bad  refused: hop limit is 64, not 255\\x1b (3 since the last line, 17 in all)",
    "5 events lost: they were read too slowly. What there is now comes again",
  ]);
});

Deno.test("readMonitorEvent gives every event as it came, and refuses one with a member missing, surplus or wrong", () => {
  for (const event of SAMPLE_EVENTS) {
    assert.deepEqual(readMonitorEvent(structuredClone(event)), event);
    assert.throws(() => readMonitorEvent({ ...event, extra: 1 }), SyntaxError);
    for (const name of Object.keys(event)) {
      const without = Object.fromEntries(Object.entries(event).filter(([each]) => each !== name));
      assert.throws(() => readMonitorEvent(without), SyntaxError, `${event.event} without ${name}`);
      if (name !== "old" && name !== "new") {
        assert.throws(
          () => readMonitorEvent({ ...event, [name]: [] }),
          SyntaxError,
          `${event.event}: ${name}`,
        );
      }
    }
  }
  for (const wrong of [null, [], "now", {}, { type: "event" }, { type: "domain", event: { event: "now" } }]) {
    assert.throws(() => readMonitorReply(wrong), SyntaxError);
  }
});

/** The first cells of a heading's tables in docs/json.md. */
function documented(heading: string): string[] {
  const text = Deno.readTextFileSync(new URL("../docs/json.md", import.meta.url));
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1] ?? "");
}

Deno.test("the schema knows every datum that can be another, and docs/json.md has it as a member", () => {
  const schema = readSchema();
  const head = { version: 1, timeMs: 0, link: "eth1", old: null, new: null };
  const ofDomain = { ...head, event: "domainChanged", key: "explicit eth1 a", id: "a" };
  const ofRouter = { ...head, event: "routerChanged", address: "fe80::1" };
  for (
    const [event, data, heading] of [
      [ofDomain, DOMAIN_DATA, "A PvD"],
      [ofRouter, ROUTER_DATA, "A router"],
    ] as const
  ) {
    const members = documented(heading).map((member) => member.split(/[.[]/)[0]);
    for (const datum of data) {
      assert.deepEqual(schema.problems("monitor", { ...event, datum }), [], datum);
      assert.ok(members.includes(datum), datum);
    }
    assert.notDeepEqual(schema.problems("monitor", { ...event, datum: "link" }), []);
  }
});

Deno.test("docs/json.md and the schema describe every event with its members, and no others", () => {
  const schema = readSchema();
  const text = Deno.readTextFileSync(new URL("../docs/json.md", import.meta.url));
  const members = new Set(["version"]);
  for (const event of SAMPLE_EVENTS) {
    assert.deepEqual(schema.problems("monitor", { version: 1, ...event }), [], event.event);
    assert.notDeepEqual(schema.problems("monitor", { version: 1, ...event, timeMs: "now" }), []);
    const names = Object.keys(event);
    names.forEach((name) => members.add(name));
    const row = new RegExp(`^\\| \`${event.event}\` +\\|[^|]+\\|([^|]*)\\|$`, "m").exec(text)?.[1] ??
      "missing";
    const listed = row.trim().split(", ").filter((name) => name !== "").map((name) =>
      name.replaceAll("`", "")
    );
    assert.deepEqual(["event", "timeMs", ...listed].toSorted(), names.toSorted(), event.event);
  }
  const events = SAMPLE_EVENTS.map(({ event }): string => event);
  assert.deepEqual(documented("Events").toSorted(), [...new Set(events), ...members].toSorted());
  assert.deepEqual(documented("A router").toSorted(), Object.keys(SAMPLE_ROUTER).toSorted());
});

/** Gives these events, then ends. */
function giving(events: readonly unknown[], asked: unknown[] = []) {
  return async (peer: FakePeer) => {
    asked.push((await peer.next())?.message);
    for (const event of events) peer.say({ type: "event", event });
  };
}

Deno.test("pvd monitor --json prints each event as a line, and says in one sentence that the broker is gone: 69", async () => {
  const asked: unknown[] = [];
  const args = ["monitor", "--json", "--link", "eth1", "--renewals"];
  const { status, stdout, stderr } = await withFakeBroker(
    giving(SAMPLE_EVENTS, asked),
    (path) => endOf(startPvd([...args, "--socket", path])),
  );
  assert.deepEqual(asked, [{ type: "monitor", link: "eth1", renewals: true }]);
  const lines = stdout.trimEnd().split("\n").map((line): unknown => JSON.parse(line));
  assert.deepEqual(lines.slice(0, -1), SAMPLE_EVENTS.map((event) => ({ version: 1, ...event })));
  assert.match(
    JSON.stringify(lines.at(-1)),
    /^{"version":1,"error":{"code":"unavailable","message":"[^"]+"}}$/,
  );
  assert.match(stdout, /^[\x20-\x7e\n]*$/);
  assert.deepEqual([status, stderr], [69, ""]);
});

Deno.test("pvd monitor prints text, and what it cannot do as one sentence", async () => {
  const gone = await withFakeBroker(
    giving([{ event: "now", timeMs: 0 }]),
    (path) => endOf(startPvd(["monitor", "--socket", path], { env: { TZ: "UTC" } })),
  );
  assert.equal(gone.stdout, "1970-01-01 00:00:00.000  that is all there is; from here on what changes\n");
  assert.match(gone.stderr, /^pvd: [^\n]+\n$/);
  assert.equal(gone.status, 69);
  const refuse = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "error", code: "noSuchLink", message: "eth9 is no link that pvd listens on" });
  };
  const refused = await withFakeBroker(
    refuse,
    (path) => endOf(startPvd(["monitor", "--link", "eth9", "--socket", path])),
  );
  assert.deepEqual([refused.status, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /^pvd: eth9 is no link that pvd listens on; [^\n]+\n$/);
  const nobody = await endOf(startPvd(["monitor", "--socket", "/nonexistent/pvd.sock"]));
  assert.equal(nobody.status, 69);
  assert.match(nobody.stderr, /^pvd: [^\n]+\n$/);
});

Deno.test("pvd monitor ends without a word when Ctrl-C ends it, or when nobody reads it any more", async () => {
  const forEver = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "event", event: { event: "now", timeMs: 0 } });
    await peer.next();
  };
  const interrupted = await withFakeBroker(forEver, async (path) => {
    const child = startPvd(["monitor", "--socket", path]);
    const [reader, errors] = [child.stdout.getReader(), new Response(child.stderr).text()];
    await reader.read();
    child.kill("SIGINT");
    await reader.cancel();
    return { signal: (await child.status).signal, stderr: await errors };
  });
  assert.deepEqual(interrupted, { signal: "SIGINT", stderr: "" });
  const unread = await withFakeBroker(
    async (peer) => {
      await peer.next();
      // Until it is gone: each message would be another line.
      try {
        for (;;) {
          peer.say({ type: "event", event: { event: "now", timeMs: 0 } });
          await new Promise((resolve) => setTimeout(resolve));
        }
      } catch {
        return;
      }
    },
    async (path) => {
      const child = startPvd(["monitor", "--socket", path]);
      const errors = new Response(child.stderr).text();
      await child.stdout.cancel();
      return { status: (await child.status).code, stderr: await errors };
    },
  );
  assert.deepEqual(unread, { status: 128 + 13, stderr: "" });
});
