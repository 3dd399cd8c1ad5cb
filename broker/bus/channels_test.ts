// How many channels one caller and one person may have, and when there is room again.

import assert from "node:assert/strict";
import { close, namesIn } from "../../lib/linux/fd.ts";
import { socketPair } from "../../lib/linux/socket.ts";
import { type Grant, Grants } from "../polkit/recheck.ts";
import { BackendError } from "./backend.ts";
import { BusChannels, MAX_PER_SENDER, MAX_PER_UID } from "./channels.ts";

const openFds = () => namesIn("/proc/self/fd").length;
const details = { domain: "one.example", kind: "explicit", link: "eth0", program: "" } as const;

/** Channels whose programs' ends are closed at once: nobody uses them. */
function scene() {
  const channels = new BusChannels(
    { add: () => {}, remove: () => {} },
    new Grants(() => Promise.resolve({ allowed: true, asked: false })),
    () => {},
  );
  const make = () => {
    const [channel, lease] = socketPair();
    return Promise.resolve({ channel, lease });
  };
  /** "" or why not. */
  const open = async (sender: string, uid: number, made: typeof make = make) => {
    const subject = { kind: "bus", sender } as const;
    const grant: Grant = { subject, action: "net.pvd1.use", details, asked: false, epoch: 0 };
    try {
      close(await channels.open({ sender, uid }, grant, made));
      return "";
    } catch (error) {
      if (error instanceof BackendError && error.code === "limitExceeded") return error.message;
      throw error;
    }
  };
  return { channels, open, make };
}

Deno.test("channels: one person on several connections has a quarter of all; another is served meanwhile", async () => {
  const before = openFds();
  const { channels, open } = scene();
  for (let count = 0; count < MAX_PER_UID; count++) {
    assert.equal(await open(`:1.${Math.floor(count / MAX_PER_SENDER)}`, 1000), "");
  }
  assert.match(await open(":1.9", 1000), /^user 1000 has 64 channels already; close one, then try again$/);
  assert.match(await open(":1.0", 1000), /^you have 32 channels already/);
  assert.equal(await open(":1.10", 1001), "");
  channels.gone(":1.0");
  assert.equal(await open(":1.9", 1000), "");
  channels.gone(null);
  assert.equal(openFds(), before);
});

Deno.test("channels: those that are being made count too, and one that could not be made counts no more", async () => {
  const { channels, open, make } = scene();
  const ready = Promise.withResolvers<void>();
  const slow = () => ready.promise.then(make);
  const all = Array.from({ length: MAX_PER_SENDER + 1 }, () => open(":1.1", 1000, slow));
  ready.resolve();
  const refused = (await Promise.all(all)).filter((reason) => reason !== "");
  assert.deepEqual(refused, ["you have 32 channels already; close one, then try again"]);
  channels.gone(null);
  const failing = () => Promise.reject(new TypeError("broken"));
  for (let count = 0; count <= MAX_PER_UID; count++) {
    await assert.rejects(open(":1.1", 1000, failing), TypeError);
  }
  assert.equal(await open(":1.1", 1000), "");
  channels.gone(null);
});
