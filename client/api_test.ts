// The client of the broker's API over a real socket, against brokers that behave and brokers that do not.

import assert from "node:assert/strict";
import { waitReadable } from "../lib/linux/reactor.ts";
import { MAX_DOMAINS } from "../lib/protocol.ts";
import { type Broker, brokerOver, connectBroker } from "./api.ts";
import { type FakePeer, SAMPLE_DOMAIN, SAMPLE_STATUS, withFakeBroker } from "./testing.ts";

function talking<T>(
  script: (peer: FakePeer) => Promise<void>,
  use: (broker: Broker) => Promise<T>,
): Promise<T> {
  return withFakeBroker(script, async (path) => {
    const broker = connectBroker(path);
    try {
      return await use(broker);
    } finally {
      broker.close();
    }
  });
}

/** Says these for the first request, and waits for the end. */
function saying(...answers: readonly unknown[]) {
  return async (peer: FakePeer) => {
    await peer.next();
    answers.forEach((answer) => peer.say(answer));
    await peer.next();
  };
}

Deno.test("list gives every domain, and several requests go over one connection", async () => {
  const asked: unknown[] = [];
  const script = async (peer: FakePeer) => {
    asked.push((await peer.next())?.message);
    peer.say({ type: "domain", domain: SAMPLE_DOMAIN });
    peer.say({ type: "domain", domain: { ...SAMPLE_DOMAIN, id: "b" } });
    peer.say({ type: "end" });
    asked.push((await peer.next())?.message);
    peer.say({ type: "status", status: SAMPLE_STATUS });
    asked.push((await peer.next())?.message);
    peer.say({ type: "resolved", id: "b", handle: "mifpvd-2", link: "eth1" });
    asked.push((await peer.next())?.message);
    peer.say({ type: "end" });
  };
  await talking(script, async (broker) => {
    assert.deepEqual((await broker.list()).map((domain) => domain.id), [SAMPLE_DOMAIN.id, "b"]);
    assert.deepEqual(await broker.status(), SAMPLE_STATUS);
    assert.deepEqual(await broker.resolve("B"), { id: "b", handle: "mifpvd-2", link: "eth1" });
    await broker.solicit(null);
  });
  assert.deepEqual(asked, [
    { type: "list" },
    { type: "status" },
    { type: "resolve", domain: "B" },
    { type: "solicit", link: null },
  ]);
});

Deno.test("an error of the broker comes with its code and message", async () => {
  const refusal = { type: "error", code: "notAuthorized", message: "uid 1 may not" };
  await talking(saying(refusal), async (broker) => {
    await assert.rejects(broker.status(), {
      name: "ClientError",
      code: "notAuthorized",
      message: "uid 1 may not",
    });
  });
});

Deno.test("an answer to another question is refused", async () => {
  await talking(saying({ type: "end" }), (broker) => assert.rejects(broker.status(), { code: "badAnswer" }));
  const status = { type: "status", status: SAMPLE_STATUS };
  await talking(saying(status), (broker) => assert.rejects(broker.list(), { code: "badAnswer" }));
  await talking(
    saying({ type: "domain", domain: {} }),
    (broker) => assert.rejects(broker.list(), { code: "badAnswer" }),
  );
});

Deno.test("an answer that is not JSON, not UTF-8, or has descriptors is refused, and none stays open", async () => {
  const before = [...Deno.readDirSync("/proc/self/fd")].length;
  const bytes = (text: string) => new TextEncoder().encode(text);
  const hostile: readonly ((peer: FakePeer) => void)[] = [
    (peer) => peer.sayBytes(bytes("{")),
    (peer) => peer.sayBytes(new Uint8Array([0xff])),
    (peer) => peer.sayBytes(bytes('{"type":"end"}'), [0, 1, 2]),
    (peer) => peer.sayBytes(bytes('{"type":"end"}'), Array.from({ length: 253 }, () => 0)),
  ];
  for (const say of hostile) {
    const script = async (peer: FakePeer) => {
      await peer.next();
      say(peer);
      await peer.next();
    };
    await talking(script, (broker) => assert.rejects(broker.solicit(null), { code: "badAnswer" }));
  }
  assert.equal([...Deno.readDirSync("/proc/self/fd")].length, before);
});

Deno.test("a list without an end is refused at the most domains that there can be", async () => {
  let received = 0;
  const endless = brokerOver({
    receiveWithFds: () => assert.fail("no descriptor is expected"),
    send: () => true,
    receive: () => Promise.resolve(++received > 0 ? { type: "domain", domain: SAMPLE_DOMAIN } : null),
    close: () => {},
  });
  await assert.rejects(endless.list(), { code: "badAnswer" });
  assert.equal(received, MAX_DOMAINS + 1);
});

Deno.test("a list that breaks off is no list", async () => {
  const script = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "domain", domain: SAMPLE_DOMAIN });
  };
  await talking(script, (broker) => assert.rejects(broker.list(), { code: "unavailable" }));
});

Deno.test("a refusal that the broker sends before it is asked, and then hangs up, is heard", async () => {
  const refusal = { type: "error", code: "limitExceeded", message: "64 connections already" };
  const script = async (peer: FakePeer) => {
    peer.say(refusal);
    await waitReadable(peer.fd);
  };
  await talking(script, (broker) => assert.rejects(broker.status(), { code: "limitExceeded" }));
  let hungUp = () => {};
  const gone = new Promise<void>((resolve) => hungUp = resolve);
  const early = (peer: FakePeer) => {
    peer.say(refusal);
    peer.hangUp();
    return Promise.resolve(hungUp());
  };
  await talking(early, async (broker) => {
    await gone;
    await assert.rejects(broker.status(), { code: "limitExceeded" });
  });
});

Deno.test("a word too long for the broker is answered without it", async () => {
  await talking(async () => {}, async (broker) => {
    await assert.rejects(broker.resolve("x".repeat(1025)), { code: "noSuchDomain" });
    await assert.rejects(broker.solicit("x".repeat(16)), { code: "noSuchLink" });
  });
});

Deno.test("a broker that hangs up before it answers is unavailable", async () => {
  const script = async (peer: FakePeer) => void await peer.next();
  await talking(script, (broker) => assert.rejects(broker.status(), { code: "unavailable" }));
});

Deno.test("no broker, a stale socket, a file or a folder in its place are unavailable, in a sentence", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const stale = await withFakeBroker(async () => {}, (path) => {
      connectBroker(path).close();
      return Promise.resolve(path);
    });
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const path of [stale, `${folder}/file`, folder, `${folder}/none`, `/${"x".repeat(200)}`]) {
      assert.throws(() => connectBroker(path), { code: "unavailable" });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
