import assert from "node:assert/strict";
import { close, duplicate, namesIn } from "../lib/linux/fd.ts";
import { processStatus } from "../lib/linux/process_status.ts";
import { Reactor } from "../lib/linux/reactor.ts";
import { withSoftOpenFiles } from "../lib/linux/resource.ts";
import { spawn } from "../lib/linux/spawn.ts";
import { Failure } from "./failure.ts";
import { RunningFetches } from "./running_fetches.ts";

const encoder = new TextEncoder();
const sleeping = () =>
  spawn("/bin/sleep", ["sleep", "1000"].map((word) => encoder.encode(word)), [], [0, 1, 2]);
const unexpected = (error: unknown) => assert.fail(String(error));
const descriptors = () => namesIn("/proc/self/fd").length;

/** Below this number every descriptor is in use. */
function lowestFree(): number {
  const fd = duplicate(0);
  close(fd);
  return fd;
}

Deno.test("RunningFetches: a fetch for which there is no descriptor is ended and waited for, and told of", async () => {
  const gone = Promise.withResolvers<string>();
  const fetches = new RunningFetches(new Reactor(unexpected), gone.resolve);
  const before = descriptors();
  const pid = sleeping();
  const full = lowestFree();
  assert.throws(
    () => withSoftOpenFiles(full, () => fetches.add(pid, "mifpvd-1", "office.example.org")),
    (error) =>
      error instanceof Failure && /office\.example\.org: .*ended again: .*EMFILE/.test(error.message),
  );
  assert.equal(fetches.count, 1, "it has its place until it is gone");
  assert.equal(await gone.promise, "mifpvd-1");
  assert.equal(processStatus(pid), null);
  assert.equal(fetches.count, 0);
  assert.equal(descriptors(), before);
});

Deno.test("RunningFetches: a fetch that the reactor does not take is ended and waited for too", async () => {
  const reactor = new Reactor(unexpected);
  reactor.stop();
  await reactor.run();
  // Its descriptors are closed, so that it takes nothing any more.
  const gone = Promise.withResolvers<string>();
  const fetches = new RunningFetches(reactor, gone.resolve);
  const before = descriptors();
  const pid = sleeping();
  assert.throws(() => fetches.add(pid, "mifpvd-1", "office.example.org"), /ended again: epoll_ctl/);
  assert.equal(fetches.count, 1);
  assert.equal(await gone.promise, "mifpvd-1");
  assert.equal(processStatus(pid), null);
  assert.equal(fetches.count, 0);
  assert.equal(descriptors(), before);
});

Deno.test("RunningFetches: those of a domain that is to go are ended, and each end is told", async () => {
  const ended: string[] = [];
  const reactor = new Reactor(unexpected);
  const fetches = new RunningFetches(reactor, (handle) => {
    ended.push(handle);
    if (ended.length === 1) fetches.endIn("mifpvd-2");
    else reactor.stop();
  });
  const before = descriptors();
  fetches.add(sleeping(), "mifpvd-1", "a");
  fetches.add(sleeping(), "mifpvd-2", "b");
  assert.equal(fetches.count, 2);
  fetches.endIn("mifpvd-1");
  await reactor.run();
  assert.deepEqual(ended, ["mifpvd-1", "mifpvd-2"]);
  assert.equal(fetches.count, 0);
  // The reactor had two of its own.
  assert.equal(descriptors(), before - 2);
});
