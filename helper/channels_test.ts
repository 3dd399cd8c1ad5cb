import assert from "node:assert/strict";
import { EPOLLIN, O_RDONLY } from "../lib/linux/abi.ts";
import { close, closeAll, duplicate, namesIn, open } from "../lib/linux/fd.ts";
import { Reactor } from "../lib/linux/reactor.ts";
import { hasHungUp, sendMessage, socketPair } from "../lib/linux/socket.ts";
import { Channels } from "./channels.ts";
import type { Domain } from "./domains.ts";
import { Failure } from "./failure.ts";

// No socket is asked for on these channels, so nothing enters a namespace.
const HOME = { network: -1, mount: -1, machine: null };
const RECORD = { key: "k", id: "office.example.org", link: "eth0", mac: null, namespace: "0:4:1" };
const DOMAIN: Domain = { handle: "mifpvd-1", record: RECORD, namespace: -1, netlink: -1, cookie: 0n };
const unexpected = (error: unknown) => assert.fail(String(error));
const descriptors = () => namesIn("/proc/self/fd").length;

/** Runs a reactor that `started` has filled, until it is told to stop. */
async function using(started: (reactor: Reactor, channels: Channels) => void): Promise<void> {
  const reactor = new Reactor(unexpected);
  started(reactor, new Channels(HOME, reactor));
  await reactor.run();
}

Deno.test("channels: a lease that cannot be waited for is refused in a sentence, and no descriptor is left", () => {
  const channels = new Channels(HOME, new Reactor(unexpected));
  const before = descriptors();
  for (const path of ["/dev/null", "/etc/passwd"]) {
    for (let count = 0; count < 20; count++) {
      assert.throws(
        () => channels.open(() => DOMAIN, [open(path, O_RDONLY)]),
        (error) => error instanceof Failure && /^office\.example\.org: .*EPERM/.test(error.message),
      );
    }
  }
  assert.equal(descriptors(), before);
});

Deno.test("channels: one ends when the other end of its lease is closed, and all of it is gone", async () => {
  const before = descriptors();
  await using((reactor, channels) => {
    const [lease, held] = socketPair();
    const program = channels.open(() => DOMAIN, [lease]);
    reactor.add(program, EPOLLIN, () => {
      assert.ok(hasHungUp(program));
      reactor.remove(program);
      close(program);
      reactor.stop();
    });
    assert.ok(!hasHungUp(program));
    close(held);
  });
  assert.equal(descriptors(), before);
});

Deno.test("channels: one whose holder says something on the lease ends too, and is not heard of again and again", async () => {
  await using((reactor, channels) => {
    const [lease, held] = socketPair();
    const program = channels.open(() => DOMAIN, [lease]);
    reactor.add(program, EPOLLIN, () => {
      reactor.remove(program);
      closeAll([program, held]);
      reactor.stop();
    });
    sendMessage(held, new Uint8Array(1));
  });
});

Deno.test("channels: an event of a descriptor that was closed a moment ago does not end the one that has its number now", async () => {
  let hungUp: boolean | null = null;
  await using((reactor, channels) => {
    const [first, firstEnd] = socketPair();
    const [stale, staleEnd] = socketPair();
    const [last, lastEnd] = socketPair();
    const opened: number[] = [];
    reactor.add(first, EPOLLIN, () => {
      reactor.remove(first);
      reactor.remove(stale);
      close(stale);
      const [lease, held] = socketPair();
      opened.push(held);
      // A new descriptor gets the lowest number that is free, so one of the next has the old one's.
      for (let fd = lease; opened.length < 100; fd = duplicate(lease)) {
        opened.push(fd);
        if (fd === stale) break;
      }
      assert.equal(opened.pop(), stale);
      opened.push(channels.open(() => DOMAIN, [stale]));
    });
    reactor.add(stale, EPOLLIN, () => assert.fail("it was closed before its turn"));
    // The last event of the same batch.
    reactor.add(last, EPOLLIN, () => {
      reactor.remove(last);
      hungUp = hasHungUp(opened.pop() ?? -1);
      channels.endIn(DOMAIN.handle);
      closeAll([first, firstEnd, staleEnd, last, lastEnd, ...opened]);
      reactor.stop();
    });
    for (const fd of [firstEnd, staleEnd, lastEnd]) sendMessage(fd, new Uint8Array(1));
  });
  assert.equal(hungUp, false);
});
