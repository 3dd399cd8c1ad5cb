import assert from "node:assert/strict";
import { EPOLLIN } from "../../lib/linux/abi.ts";
import { close, namesIn, open } from "../../lib/linux/fd.ts";
import { receiveBytes, sendBytes, streamPair } from "../../lib/linux/stream_socket.ts";
import { withReactor } from "../testing.ts";
import { encodeMessage } from "./codec.ts";
import { type Message, METHOD_CALL, SIGNAL } from "./message.ts";
import { BusStream, MAX_WAITING_BYTES } from "./stream.ts";

const openFds = () => namesIn("/proc/self/fd").length;
const bytes = (text: string) => new TextEncoder().encode(text);
const LET_IN = `OK ${"0".repeat(32)}\r\nAGREE_UNIX_FD\r\n`;

/** A stream whose other end is the test. */
async function withStream(
  body: (room: {
    stream: BusStream;
    peer: number;
    ready: Promise<void>;
    ended: Promise<string>;
    nextMessage: () => Promise<Message>;
  }) => Promise<void>,
): Promise<void> {
  await withReactor(async (reactor) => {
    const [ours, peer] = streamPair();
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const messages: Message[] = [];
    let came = Promise.withResolvers<void>();
    const stream = new BusStream(ours, 1000, {
      reactor,
      onReady: ready.resolve,
      onEnd: ended.resolve,
      onMessage: (message) => {
        messages.push(message);
        came.resolve();
      },
    });
    const nextMessage = async (): Promise<Message> => {
      for (;;) {
        const message = messages.shift();
        if (message !== undefined) return message;
        came = Promise.withResolvers();
        await came.promise;
      }
    };
    try {
      await body({ stream, peer, ready: ready.promise, ended: ended.promise, nextMessage });
    } finally {
      stream.stop();
      close(peer);
    }
  });
}

Deno.test("BusStream: introduces itself as the user that it runs as, and takes what follows the answer", async () => {
  await withStream(async ({ peer, ready, nextMessage }) => {
    const buffer = new Uint8Array(1000);
    const length = receiveBytes(peer, buffer, 0)?.length ?? 0;
    const said = new TextDecoder().decode(buffer.subarray(0, length));
    assert.equal(said, "\0AUTH EXTERNAL 31303030\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n");
    const first = encodeMessage({ type: METHOD_CALL, path: "/", member: "Do" }, 1, []);
    sendBytes(peer, new Uint8Array([...bytes(LET_IN), ...first]));
    await ready;
    assert.equal((await nextMessage()).member, "Do");
  });
});

Deno.test("BusStream: descriptors go out with their message and come in with theirs", async () => {
  const before = openFds();
  await withStream(async ({ stream, peer, ready, nextMessage }) => {
    sendBytes(peer, bytes(LET_IN));
    await ready;
    receiveBytes(peer, new Uint8Array(1000), 0);
    const message = { type: METHOD_CALL, path: "/", member: "Do", signature: "h", body: [0] };
    const out = [open("/dev/null", 0)];
    stream.send(encodeMessage(message, 1, out), out);
    const received = receiveBytes(peer, new Uint8Array(1000), 8);
    assert.equal(received?.fds.length, 1);
    received?.fds.forEach(close);
    const [back = -1] = [open("/dev/null", 0)];
    sendBytes(peer, encodeMessage(message, 2, [back]), [back]);
    close(back);
    const { fds } = await nextMessage();
    assert.equal(fds.length, 1);
    fds.forEach(close);
  });
  assert.equal(openFds(), before);
});

Deno.test("BusStream: a bus that stops reading costs a bounded amount of memory, and no descriptor", async () => {
  const before = openFds();
  await withStream(async ({ stream, peer, ready, ended }) => {
    sendBytes(peer, bytes(LET_IN));
    await ready;
    const text = encodeMessage(
      { type: SIGNAL, path: "/", interface: "a.b", member: "C", signature: "s", body: ["x".repeat(60_000)] },
      1,
      [],
    );
    for (let sent = 0; sent < 2 * MAX_WAITING_BYTES; sent += text.length) {
      stream.send(text, [open("/dev/null", 0)]);
    }
    assert.match(await ended, /does not read/);
  });
  assert.equal(openFds(), before);
});

Deno.test("BusStream: what does not go out at once goes out whole and in order when there is room", async () => {
  await withReactor(async (reactor) => {
    const [ours, peer] = streamPair();
    const stream = new BusStream(ours, 0, { reactor, onReady() {}, onMessage() {}, onEnd() {} });
    const sent = Array.from({ length: 100 }, (_, index) => new Uint8Array(50_000).fill(index));
    sent.forEach((each) => stream.send(each, []));
    const wanted = 5_000_000 + "\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n".length;
    const done = Promise.withResolvers<void>();
    const buffer = new Uint8Array(65_536);
    let got = 0, last = 0;
    reactor.add(peer, EPOLLIN, () => {
      const length = receiveBytes(peer, buffer, 0)?.length ?? 0;
      got += length;
      last = buffer[length - 1] ?? 0;
      if (got === wanted) done.resolve();
    });
    await done.promise;
    assert.equal(last, 99);
    reactor.remove(peer);
    stream.stop();
    close(peer);
  });
});

Deno.test("BusStream: a bus that lets nobody in, or passes no descriptors, or talks without end, is left", async () => {
  for (
    const answer of [
      "REJECTED EXTERNAL\r\n",
      `OK ${"0".repeat(32)}\r\nERROR\r\n`,
      "x".repeat(5000),
      `${LET_IN}this is no D-Bus message at all`,
    ]
  ) {
    await withStream(async ({ peer, ended }) => {
      sendBytes(peer, bytes(answer));
      assert.match(await ended, /refuses|authenticate|no D-Bus message/);
    });
  }
});
