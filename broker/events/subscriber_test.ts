// What waits for one client that monitors: in order, bounded, and fitting into messages whatever a server said.

import assert from "node:assert/strict";
import { type DomainView, MAX_MESSAGE_BYTES, type MonitorEvent } from "../../lib/protocol.ts";
import {
  encodeEvent,
  MAX_WAITING_BYTES,
  MAX_WAITING_EVENTS,
  type Snapshot,
  Subscriber,
} from "./subscriber.ts";

const DOMAIN: DomainView = {
  ...{
    id: "example.org",
    kind: "explicit",
    encoding: "rfc8801",
    state: "ready",
    problem: null,
    link: "eth1",
  },
  ...{ namespace: "mifpvd-1", interface: "mifpvd", delay: 0, sequence: 0, mtu: null, captivePortal: null },
  flags: { http: true, legacy: false, header: false },
  ...{
    routers: [],
    addresses: [],
    prefixes: [],
    routes: [],
    rdnss: [],
    dnssl: [],
    pref64: [],
    encryptedDns: [],
  },
  information: null,
  informationProblem: null,
};
const HEAD = { timeMs: 0, link: "eth1", key: "explicit eth1 example.org", id: "example.org" };

/** As a client reads it. */
function event(bytes: Uint8Array | null) {
  return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes)).event;
}

const gone = (n: number) => encodeEvent({ event: "routerLost", timeMs: n, link: "eth1", address: "fe80::1" });
const now: MonitorEvent = { event: "now", timeMs: 9 };
const snapshot: Snapshot = () => [() => now];

Deno.test("Subscriber gives what there is first, then events in their order, then nothing", () => {
  const subscriber = new Subscriber(snapshot, () => 9);
  let ready = 0;
  subscriber.onReady = () => ready++;
  subscriber.push(gone(1));
  subscriber.push(gone(2));
  assert.equal(ready, 2);
  const times = [1, 2, 3, 4].map(() => event(subscriber.take())?.timeMs ?? null);
  assert.deepEqual(times, [9, 1, 2, null]);
});

Deno.test("Subscriber keeps no more than its bound, by number and by size, for one that never reads", () => {
  for (const message of [gone(1), new Uint8Array(MAX_MESSAGE_BYTES)]) {
    const subscriber = new Subscriber(snapshot, () => 9);
    subscriber.take();
    const room = Math.min(MAX_WAITING_EVENTS, Math.floor(MAX_WAITING_BYTES / message.length));
    for (let count = 0; count < room + 10; count++) subscriber.push(message);
    assert.deepEqual(event(subscriber.take()), { event: "lost", timeMs: 9, count: room + 10 });
    assert.deepEqual(event(subscriber.take()), now);
    subscriber.push(gone(7));
    assert.equal(event(subscriber.take()).timeMs, 7);
    assert.equal(subscriber.take(), null);
  }
});

Deno.test("encodeEvent: what is too long for a message goes without what the PvD's server said", () => {
  const information = { text: "x".repeat(40_000), other: "y".repeat(30_000) };
  const made = event(encodeEvent({ event: "domainMade", ...HEAD, domain: { ...DOMAIN, information } }));
  assert.equal(made.domain.information, null);
  assert.match(made.domain.informationProblem, /too large/);
  const change = { event: "domainChanged", ...HEAD, datum: "information" } as const;
  const changed = event(encodeEvent({ ...change, old: information, new: null }));
  assert.deepEqual([changed.old, changed.new], [null, null]);
  const small = event(encodeEvent({ ...change, old: null, new: { a: 1 } }));
  assert.deepEqual(small.new, { a: 1 });
});
