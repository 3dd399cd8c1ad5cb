import assert from "node:assert/strict";
import { IPPROTO_TCP } from "./abi.ts";
import { close } from "./fd.ts";
import { NetlinkWriter, parseMessages } from "./netlink.ts";
import { NETLINK_SOCK_DIAG, openNetlink, requestDump } from "./netlink_socket.ts";
import { destroySocket, diagSocket, socketDump } from "./sock_diag.ts";

const hex = (bytes: Uint8Array) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");

Deno.test("socketDump asks for every IPv6 socket of a protocol, in the bytes that the kernel reads", () => {
  assert.equal(
    hex(socketDump(IPPROTO_TCP)),
    "48000000" + "1400" + "0103" + "01000000" + "00000000" + "0a060000" + "ffffffff" + "00".repeat(48),
  );
});

Deno.test("destroySocket names the socket by what the dump said of it", () => {
  const writer = new NetlinkWriter();
  const id = Uint8Array.from({ length: 48 }, (_, index) => index);
  destroySocket(writer, 7, IPPROTO_TCP, { local: "::", remote: "::", id });
  assert.equal(
    hex(writer.bytes()),
    "48000000" + "1500" + "0500" + "07000000" + "00000000" + "0a060000" + "ffffffff" + hex(id),
  );
});

Deno.test("diagSocket finds a listening socket and its connection among those of this namespace", async () => {
  const listener = Deno.listen({ hostname: "::1", port: 0 });
  const client = await Deno.connect({ hostname: "::1", port: listener.addr.port });
  const server = await listener.accept();
  const netlink = openNetlink(0, NETLINK_SOCK_DIAG);
  try {
    const sockets = requestDump(netlink, socketDump(IPPROTO_TCP)).map(diagSocket).filter((each) =>
      each !== null
    );
    const ours = sockets.filter(({ id }) =>
      id[0] === listener.addr.port >> 8 && id[1] === (listener.addr.port & 255)
    );
    assert.deepEqual(ours.map(({ local, remote }) => `${local} ${remote}`).sort(), ["::1 ::", "::1 ::1"]);
  } finally {
    close(netlink);
    client.close();
    server.close();
    listener.close();
  }
});

Deno.test("diagSocket passes over what is no socket, and what is too short to be one", () => {
  const [message] = parseMessages(socketDump(IPPROTO_TCP));
  assert.ok(message !== undefined);
  assert.equal(diagSocket({ ...message, type: 3 }), null);
  assert.equal(diagSocket(message), null, "a request is shorter than an answer");
});
