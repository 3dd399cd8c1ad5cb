import assert from "node:assert/strict";
import { close } from "../lib/linux/fd.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { socketPair } from "../lib/linux/socket.ts";
import { HELPER_REPLY_MS } from "../lib/protocol.ts";
import { HelperClient } from "./helper_client.ts";
import { FakeClock, openDescriptors, SocketHelper, withReactor } from "./testing.ts";

interface Room {
  readonly client: HelperClient;
  readonly helper: SocketHelper;
  readonly clock: FakeClock;
  readonly connected: () => number;
  readonly idle: string[];
  readonly duplicates: string[];
}

function room(reactor: Reactor, folder: string): Room {
  const clock = new FakeClock();
  const helper = new SocketHelper(reactor, `${folder}/helper.sock`);
  const idle: string[] = [];
  const duplicates: string[] = [];
  let connected = 0;
  const client = new HelperClient({
    path: `${folder}/helper.sock`,
    reactor,
    after: clock.after,
    log: () => {},
    onConnected: () => connected++,
    onIdle: (handle) => idle.push(handle),
    onDuplicateAddress: (handle, address) => duplicates.push(`${handle} ${address}`),
  });
  return { client, helper, clock, connected: () => connected, idle, duplicates };
}

async function withRoom(body: (room: Room) => Promise<void>): Promise<void> {
  await withReactor(async (reactor, folder) => {
    const made = room(reactor, folder);
    made.client.start();
    try {
      await body(made);
    } finally {
      made.client.stop();
      made.helper.stop();
    }
  });
}

Deno.test("HelperClient matches replies to requests by serial, whatever their order", () =>
  withRoom(async ({ client, helper }) => {
    const serials: number[] = [];
    helper.answer = (request) => {
      serials.push(request.serial);
      if (serials.length < 2) return;
      helper.send({ type: "domain", serial: serials[1] ?? 0, handle: "mifpvd-2" });
      helper.send({ type: "error", serial: serials[0] ?? 0, code: "inUse", message: "a program" });
    };
    const remove = client.request({ type: "removeDomain", handle: "mifpvd-1", force: false });
    const wanted = {
      key: "k",
      id: "i",
      link: "eth1",
      linkIndex: 2,
      interfaceKind: "macvlan",
      mac: null,
      mtu: null,
      hopLimit: null,
      reachableTimeMs: null,
      retransTimerMs: null,
    } as const;
    const lists = { addresses: [], routes: [], neighbors: [], resolvers: [], searchDomains: [] };
    const apply = client.request({ type: "applyDomain", handle: null, wanted: { ...wanted, ...lists } });
    assert.deepEqual(await remove, { ok: false, code: "inUse", message: "a program", lost: false });
    const applied = await apply;
    assert.ok(applied.ok && applied.reply.type === "domain" && applied.reply.handle === "mifpvd-2");
  }));

Deno.test("HelperClient sends descriptors along and gives those that come to the caller", () =>
  withRoom(async ({ client, helper }) => {
    const received: number[] = [];
    const [one, other] = socketPair();
    helper.answer = (request, fds) => {
      received.push(fds.length);
      helper.send({ type: "done", serial: request.serial }, request.type === "openRouterSocket" ? [one] : []);
    };
    const spawned = await client.request({ type: "spawn", handle: "mifpvd-1" }, [
      one,
      other,
      one,
      other,
      one,
      other,
    ]);
    const opened = await client.request({ type: "openRouterSocket", link: "eth1", linkIndex: 2 });
    close(one);
    close(other);
    assert.ok(spawned.ok && opened.ok);
    assert.deepEqual(received, [6, 0]);
    assert.equal(opened.fds.length, 1);
    opened.fds.forEach(close);
  }));

Deno.test("HelperClient tells of idle domains", () =>
  withRoom(async ({ client, helper, idle }) => {
    helper.answer = (request) => {
      helper.send({ type: "idle", handle: "mifpvd-9" });
      helper.send({ type: "done", serial: request.serial });
    };
    await client.request({ type: "removeDomain", handle: "mifpvd-1", force: false });
    assert.deepEqual(idle, ["mifpvd-9"]);
  }));

Deno.test("HelperClient tells of addresses that other hosts have", () =>
  withRoom(async ({ client, helper, duplicates }) => {
    helper.answer = (request) => {
      helper.send({ type: "duplicateAddress", handle: "mifpvd-9", address: "2001:db8::1" });
      helper.send({ type: "done", serial: request.serial });
    };
    await client.request({ type: "removeDomain", handle: "mifpvd-1", force: false });
    assert.deepEqual(duplicates, ["mifpvd-9 2001:db8::1"]);
  }));

Deno.test("HelperClient fails what waits when the helper goes away, and connects again", () =>
  withRoom(async ({ client, helper, clock, connected }) => {
    helper.answer = () => helper.hangUp();
    const answer = await client.request({ type: "listDomains", after: null });
    assert.ok(!answer.ok && answer.lost);
    assert.match(client.problem ?? "", /helper/);
    const refused = await client.request({ type: "listDomains", after: null });
    assert.ok(!refused.ok && refused.lost);
    await clock.advance(60);
    assert.equal(client.problem, null);
    assert.equal(connected(), 2);
    helper.answer = (request) =>
      helper.send({ type: "domains", serial: request.serial, domains: [], more: false });
    assert.ok((await client.request({ type: "listDomains", after: null })).ok);
  }));

Deno.test("HelperClient begins anew with a helper that does not answer in time", () =>
  withRoom(async ({ client, clock }) => {
    const asked = client.request({ type: "listDomains", after: null });
    await clock.advance(HELPER_REPLY_MS);
    const answer = await asked;
    assert.ok(!answer.ok && answer.lost);
    assert.match(answer.message, /did not answer listDomains in 10 s/);
  }));

Deno.test("HelperClient disconnects from a helper that breaks the protocol, and keeps no descriptor", () =>
  withRoom(async ({ client, helper, clock }) => {
    const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const [one, other] = socketPair();
    const breaches: ((serial: number) => void)[] = [
      () => helper.send(new TextEncoder().encode("no JSON")),
      () => helper.send(new Uint8Array([0xff])),
      (serial) => helper.send(text({ type: "domain", serial, handle: "../7" })),
      (serial) => helper.send({ type: "domain", serial, handle: "mifpvd-1" }),
      (serial) => helper.send({ type: "domains", serial: serial + 1, domains: [], more: false }),
      (serial) => helper.send({ type: "domains", serial, domains: [], more: false }, [one]),
      (serial) =>
        helper.send({ type: "domains", serial, domains: [], more: false }, [
          one,
          other,
          one,
          other,
          one,
          one,
          one,
          one,
          one,
        ]),
      () => helper.send({ type: "idle", handle: "mifpvd-1" }, [one]),
    ];
    let before: number | null = null;
    for (const breach of breaches) {
      helper.answer = (request) => breach(request.serial);
      const answer = await client.request({ type: "listDomains", after: null });
      assert.ok(!answer.ok && answer.lost, String(breach));
      helper.hangUp();
      before ??= openDescriptors();
      assert.equal(openDescriptors(), before, String(breach));
      await clock.advance(10_000);
      assert.equal(client.problem, null);
    }
    close(one);
    close(other);
  }));
