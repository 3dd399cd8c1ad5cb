import assert from "node:assert/strict";
import { close } from "../lib/linux/fd.ts";
import { receiveMessage, sendMessage, socketPair } from "../lib/linux/socket.ts";
import { ROUTER_SOLICITATION } from "../lib/ndp/codes.ts";
import { plain, room } from "./events/testing.ts";
import { CONFIRM_MS } from "./state/confirm.ts";
import { advertisement, header, prefix } from "./state/testing.ts";
import { settled, withReactor } from "./testing.ts";
import { watchSleep } from "./watch_sleep.ts";

/** A descriptor stands for the clock: readable is all that is asked of it. */
async function withClock(
  body: (jump: () => Promise<void>, watch: Omit<Parameters<typeof watchSleep>[0], "onResumed">, slept: {
    ms: number;
  }) => Promise<void>,
): Promise<void> {
  await withReactor(async (reactor) => {
    const [clockChange, other] = socketPair();
    const slept = { ms: 5_000 };
    let looked = Promise.withResolvers<void>();
    const sleptMs = () => {
      looked.resolve();
      return slept.ms;
    };
    const jump = async () => {
      looked = Promise.withResolvers();
      sendMessage(other, new Uint8Array(8));
      const timer = setTimeout(() => looked.reject(new Error("nobody looked at the clock")), 5_000);
      await looked.promise.finally(() => clearTimeout(timer));
      await settled();
    };
    await body(jump, { reactor, clockChange, sleptMs }, slept);
    reactor.remove(clockChange);
    for (const fd of [clockChange, other]) close(fd);
  });
}

Deno.test("watchSleep tells of a sleep when the clock jumps or somebody looks, and of no jump without one", async () => {
  await withClock(async (jump, watch, slept) => {
    const told: number[] = [];
    const look = watchSleep({ ...watch, onResumed: (ms) => told.push(ms) });
    await jump();
    look();
    assert.deepEqual(told, []);
    slept.ms += 90_000;
    await jump();
    assert.deepEqual(told, [90_000]);
    slept.ms += 2_000;
    look();
    await jump();
    assert.deepEqual(told, [90_000, 2_000]);
  });
});

Deno.test("a machine that slept: what passed ends, the rest is applied anew, routers are asked and confirm", async () => {
  await withClock(async (jump, watch, slept) => {
    const { broker, helper, discovery, clock, logged, hears } = await room();
    watchSleep({ ...watch, onResumed: (ms) => broker.resumed(ms) });
    const [socket, otherEnd] = socketPair();
    /** The type of each message. */
    const sent = (): (number | undefined)[] => {
      const buffer = new Uint8Array(100);
      return receiveMessage(otherEnd, buffer, 0) === null ? [] : [buffer[0], ...sent()];
    };
    const { respond } = helper;
    helper.respond = (request) =>
      request.type === "openRouterSocket" && request.linkIndex === 2
        ? { ok: true, reply: { type: "done", serial: 1 }, fds: [socket] }
        : respond(request);
    discovery.helperConnected();
    await hears([advertisement({ id: "short.example", header: header(60) })]);
    await hears([advertisement({ header: header(9000), prefixes: [prefix("2001:db8:1::/64", 7200)] })]);
    await clock.advance(10_000);
    sent();
    helper.requests.length = 0;
    // No timer has fired: they stood still with the machine.
    clock.now += 3_600_000;
    slept.ms += 3_600_000;
    await jump();
    assert.deepEqual([...broker.state.domains.values()].map(({ id }) => id), ["example.org"]);
    const applied = helper.requests.find((request) => request.type === "applyDomain");
    assert.ok(applied !== undefined && (applied.wanted.addresses[0]?.validS ?? 7200) < 3600);
    assert.match(logged.join("\n"), /the machine slept for 3600 s/);
    assert.deepEqual(sent(), [ROUTER_SOLICITATION]);
    await hears([plain({ id: "home", prefixes: [prefix("2001:db8:2::/64", 7200)] })], plain(), [
      "fe80::2",
      2,
    ]);
    await clock.advance(CONFIRM_MS);
    assert.deepEqual([...broker.state.domains.keys()], ["implicit eth1 fe80::2"]);
    discovery.stop();
    close(otherEnd);
  });
});
